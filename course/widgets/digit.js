// Front end of DrawDigit: a canvas for pointer and keyboard, the 28 × 28 picture, ten bars. Joined to live.js.

const STEP = 7; // how far an arrow key moves the pen, in units of the canvas
const NEAR = 2; // a point nearer than this to the one before is left out
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const PEN_MARK = "#ffb000"; // seen on the black paper; its black rim is seen on white ink

/** What is drawn: strokes of points [x, y], all together at most `most`. */
class Drawing {
  constructor(most) {
    this.most = most;
    this.clear();
  }
  clear() {
    Object.assign(this, { strokes: [], points: 0, down: false });
  }
  get full() {
    return this.points >= this.most;
  }
  lower(x, y) {
    if (this.full) return;
    this.strokes.push([[x, y]]);
    this.points += 1;
    this.down = true;
  }
  move(x, y) {
    if (!this.down || this.full) return;
    const stroke = this.strokes.at(-1);
    const [lastX, lastY] = stroke.at(-1);
    if (Math.hypot(x - lastX, y - lastY) < NEAR) return;
    stroke.push([x, y]);
    this.points += 1;
  }
}

/** Paint the ink, or a frame that invites it, and the keyboard's pen, if any: a ring, a disc while it is lowered. */
function paint(context, { strokes, down }, { side, pen }, cursor) {
  context.fillStyle = "#000";
  context.fillRect(0, 0, side, side);
  if (!strokes.length) {
    Object.assign(context, { strokeStyle: "#767676", lineWidth: 1 });
    context.setLineDash([4, 6]);
    context.strokeRect(side / 7, side / 7, (5 * side) / 7, (5 * side) / 7); // 20 of 28: as large as MNIST's digits
    context.setLineDash([]);
  }
  Object.assign(context, { strokeStyle: "#fff", lineWidth: pen, lineCap: "round", lineJoin: "round" });
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(...stroke[0]);
    for (const point of stroke) context.lineTo(...point);
    context.stroke();
  }
  if (!cursor) return;
  context.beginPath();
  context.arc(cursor.x, cursor.y, pen / 2, 0, 2 * Math.PI);
  for (const [strokeStyle, lineWidth] of [["#000", 7], [PEN_MARK, 3]]) {
    Object.assign(context, { strokeStyle, lineWidth });
    context.stroke();
  }
  context.fillStyle = PEN_MARK;
  if (down) context.fill();
}

/** Paint 784 values from 0 to 255; black without them. */
function paintPicture(context, values) {
  const pixels = context.createImageData(28, 28);
  for (let i = 0; i < 28 * 28; i += 1) pixels.data.set([...Array(3).fill(values ? values[i] : 0), 255], 4 * i);
  context.putImageData(pixels, 0, 0);
}

function render({ model, el }) {
  const [settings, texts] = [model.get("settings"), model.get("texts")];
  const { side, maxPoints, labels } = settings;
  const sharp = Math.ceil(window.devicePixelRatio || 1);
  const keysId = `course-keys-${Math.random().toString(36).slice(2)}`;
  const canvas = element("canvas", {
    width: sharp * side, height: sharp * side, style: `width: ${side}px; height: ${side}px`, class: "course-canvas",
    tabindex: 0, role: "application", "aria-label": texts.canvas, "aria-describedby": keysId,
  });
  const invitation = element("span", { class: "course-invite", "aria-hidden": "true" }, texts.invite);
  const clearButton = element("button", { class: "course-button", type: "button" }, texts.clear);
  const seen = element("canvas", { width: 28, height: 28, class: "course-seen", role: "img", "aria-label": texts.seen });
  const bars = probabilityBars(labels, texts.bars);
  const status = statusLine(texts.empty);
  const context = canvas.getContext("2d");
  context.scale(sharp, sharp);
  layOut(
    el,
    [texts.drawing, element("div", { class: "course-paper" }, canvas, invitation),
      element("div", { class: "course-below" }, clearButton, element("p", { id: keysId }, texts.keys))],
    [texts.seen, seen, status.node],
    [texts.bars, bars.node],
  );

  const ink = new Drawing(maxPoints);
  const cursor = { x: side / 2, y: side / 2 };
  let keyboard = false; // whether the pen was last moved with keys, and is to be seen

  const show = () => {
    invitation.hidden = ink.strokes.length > 0;
    requestAnimationFrame(() => paint(context, ink, settings, keyboard && cursor));
  };
  /** Change the drawing with `change`; if that adds or removes ink, ask Python what it is now. */
  const edit = (change) => {
    const before = ink.points;
    change();
    if (ink.points === before) return;
    show();
    if (!ink.points) onAnswer({});
    talk.ask({ strokes: ink.strokes });
    if (ink.full) status.say(texts.full);
  };
  const clear = () => edit(() => ink.clear());
  const lift = () => (ink.down = false);

  function onAnswer({ picture, probabilities, error }) {
    const drawn = ink.points > 0; // an answer may come after the canvas was cleared
    paintPicture(seen.getContext("2d"), drawn && picture);
    const top = bars.show(drawn && probabilities ? probabilities : null);
    if (!drawn) status.say(texts.empty);
    else if (error) status.say(error);
    else if (top && !ink.full) status.say(texts.top.replace("{label}", top.label).replace("{percent}", top.percent), 400);
  }

  const inside = (value) => Math.round(Math.min(side, Math.max(0, value)));
  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top].map((value) => inside((value * side) / box.width));
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    keyboard = false;
    edit(() => ink.lower(...place(event)));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.isPrimary && !keyboard) edit(() => ink.move(...place(event)));
  });
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  canvas.addEventListener("focus", () => {
    keyboard = canvas.matches(":focus-visible");
    show();
  });
  canvas.addEventListener("blur", () => {
    keyboard = ink.down = false;
    show();
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) {
      const [dx, dy] = ARROWS[event.key];
      Object.assign(cursor, { x: inside(cursor.x + STEP * dx), y: inside(cursor.y + STEP * dy) });
      edit(() => ink.move(cursor.x, cursor.y));
    } else if (event.key === " " || event.key === "Enter") {
      if (!event.repeat) edit(() => (ink.down ? (ink.down = false) : ink.lower(cursor.x, cursor.y)));
      if (!ink.full) status.say(ink.down ? texts.penDown : texts.penUp);
    } else if (event.key === "Delete" || event.key === "Backspace") clear();
    else return;
    event.preventDefault(); // the page would scroll
    keyboard = true;
    show();
  });
  clearButton.addEventListener("click", clear);

  paintPicture(seen.getContext("2d"), null);
  const talk = conversation(model, onAnswer, () => status.say(texts.silent));
  show();
  return talk.end;
}

export default { render };
