// Front end of PhotoInput: a picture from file, clipboard or camera, a square chosen in it, the answer. Joined to live.js.

const STAGE = 320; // width and height of the stage, in CSS pixels
const QUALITY = 0.92; // of the JPEG that is sent
const MOST = { pixels: 64e6, bytes: 100 * 2 ** 20 }; // of a file that is opened, as in datasets/images.py
const SMALLEST = 0.2; // size of the smallest square, as a share of the picture's shorter side
const MOVES = { ArrowLeft: [-1, 0, 0], ArrowRight: [1, 0, 0], ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0],
  "+": [0, 0, 1], "=": [0, 0, 1], "-": [0, 0, -1] };

/** The picture at hand, at most `side` pixels long, and the square of it that is looked at. */
class Photo {
  constructor(side) {
    Object.assign(this, { side, canvas: document.createElement("canvas") });
    this.clear();
  }
  clear() {
    Object.assign(this, { shown: false, mirrored: false, x: 0.5, y: 0.5, size: 1 }); // x, y: the middle of the square
  }
  draw(image, width, height, mirrored = false) {
    const scale = Math.min(1, this.side / Math.max(width, height));
    const { canvas } = this;
    [canvas.width, canvas.height] = [width, height].map((length) => Math.max(1, Math.round(scale * length)));
    const context = canvas.getContext("2d");
    Object.assign(context, { fillStyle: "#fff", imageSmoothingQuality: "high" });
    context.fillRect(0, 0, canvas.width, canvas.height); // what is transparent becomes white
    if (mirrored) context.setTransform(-1, 0, 0, 1, canvas.width, 0);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    Object.assign(this, { shown: true, mirrored });
  }
  /** Left, top, width, height of the part that is looked at, in pixels of the canvas. */
  get part() {
    const { width, height } = this.canvas;
    const side = Math.max(1, Math.round(this.size * Math.min(width, height)));
    const place = (middle, length) => Math.round(Math.min(length - side, Math.max(0, middle * length - side / 2)));
    return [place(this.x, width), place(this.y, height), side, side];
  }
  /** Move the square by so many pixels of the canvas, and make it larger by a share of its largest size. */
  adjust(dx, dy, larger = 0) {
    this.size = Math.min(1, Math.max(SMALLEST, this.size + larger));
    const [left, top, side] = this.part; // where it is, not where it was pushed to beyond the edge
    this.x = (left + side / 2 + dx) / this.canvas.width;
    this.y = (top + side / 2 + dy) / this.canvas.height;
  }
  /** The part as a JPEG in a data URL, as the camera saw it, not as in a mirror. */
  cut() {
    const [left, top, width, height] = this.part;
    const cut = element("canvas", { width, height });
    const context = cut.getContext("2d");
    if (this.mirrored) context.setTransform(-1, 0, 0, 1, width, 0);
    context.drawImage(this.canvas, left, top, width, height, 0, 0, width, height);
    return cut.toDataURL("image/jpeg", QUALITY);
  }
}

/** Decode an image file, upright. Its size is judged before it is decoded. Throws what to say where that fails. */
async function decode(file, texts) {
  const failure = (text) => new Error(text.replace("{name}", file.name || texts.photo));
  if (file.size > MOST.bytes) throw failure(texts.large);
  const header = new Image();
  try {
    await new Promise((resolve, reject) => {
      Object.assign(header, { onload: resolve, onerror: reject, src: URL.createObjectURL(file) });
    });
    if (header.naturalWidth * header.naturalHeight <= MOST.pixels) return await createImageBitmap(file);
  } catch {
    throw failure(texts.unreadable);
  } finally {
    URL.revokeObjectURL(header.src);
  }
  throw failure(texts.large);
}

/** Paint the picture as large as fits, and shade what is not looked at. */
function paintStage(canvas, photo) {
  const context = canvas.getContext("2d");
  context.resetTransform();
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!photo.shown) return;
  const { width, height } = photo.canvas;
  const scale = canvas.width / Math.max(width, height);
  context.setTransform(scale, 0, 0, scale, (canvas.width - scale * width) / 2, (canvas.height - scale * height) / 2);
  context.imageSmoothingQuality = "high";
  context.drawImage(photo.canvas, 0, 0);
  context.fillStyle = "rgb(0 0 0 / 55%)";
  context.beginPath();
  context.rect(0, 0, width, height);
  context.rect(...photo.part);
  context.fill("evenodd");
  for (const [strokeStyle, thickness] of [["#000", 4], ["#fff", 2]]) {
    Object.assign(context, { strokeStyle, lineWidth: (thickness * canvas.width) / STAGE / scale });
    context.strokeRect(...photo.part);
  }
}

/** The labels to keep a picture under, each with how many there are. */
function labelChoice(labels, title) {
  const group = `course-label-${Math.random().toString(36).slice(2)}`;
  const choices = labels.map((label, i) => {
    const radio = element("input", { type: "radio", name: group, ...(i ? {} : { checked: "" }) });
    const count = element("span", { class: "course-count" });
    return { radio, count, node: element("label", {}, radio, element("span", {}, label), count) };
  });
  return {
    node: element("div", { class: "course-labels", role: "radiogroup", "aria-label": title },
      ...choices.map((choice) => choice.node)),
    chosen: () => labels[choices.findIndex((choice) => choice.radio.checked)],
    show: (counts) => choices.forEach((choice, i) => (choice.count.textContent = counts[i])),
  };
}

function render({ model, el }) {
  const [settings, texts] = [model.get("settings"), model.get("texts")];
  const { side, labels, answers } = settings;
  const button = (text) => element("button", { class: "course-button", type: "button" }, text);
  const sharp = Math.ceil(window.devicePixelRatio || 1);
  const stage = element("canvas", { width: sharp * STAGE, height: sharp * STAGE, class: "course-stage", tabindex: 0,
    role: "application", "aria-label": texts.stage });
  const invitation = element("span", { class: "course-invite", "aria-hidden": "true" }, texts.invite);
  const slider = element("input", { type: "range", min: 100 * SMALLEST, max: 100, value: 100 });
  const file = element("input", { type: "file", accept: "image/*", hidden: "" });
  const [choose, camera, take] = [texts.choose, texts.start, texts.take].map(button);
  const status = statusLine(texts.empty);
  const seen = element("img", { class: "course-seen", alt: texts.seen });
  const bars = element("div");
  const choice = labelChoice(labels, texts.label);
  const [keep, undo] = [texts.keep, texts.undo].map(button);
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  const below = (...children) => element("div", { class: "course-below" }, ...children);
  const size = element("label", { class: "course-below" }, texts.size, slider);
  el.classList.add("course-photo");
  layOut(
    el,
    [texts.photo, element("div", { class: "course-paper" }, stage, invitation), size, below(choose, take, camera, file),
      status.node],
    [texts.seen, seen],
    [texts.bars, bars],
    [texts.label, choice.node, below(keep, undo)],
  );
  choice.node.parentElement.hidden = !labels.length;

  const photo = new Photo(side);
  let stream = null; // of the camera, while it is on
  let asked = null; // the question that is not answered yet
  let waiting = labels.length ? {} : null; // what is asked next: {} how many there are of each label
  let ended = false; // whether the widget is gone
  let looked = true; // whether the answer is to the picture as it now is

  /** Ask what waits, else about the picture if it has changed: never a second question before the first is answered. */
  function ask() {
    if (asked) return;
    if (waiting) [asked, waiting] = [waiting, null];
    else if (answers && photo.shown && !looked) [asked, looked] = [{ picture: photo.cut() }, true];
    else return;
    if (!stream) status.say(texts.looking, 300);
    talk.ask(asked);
  }
  function show() {
    invitation.hidden = photo.shown;
    stage.classList.toggle("course-empty", !photo.shown);
    size.hidden = !photo.shown;
    choose.hidden = stream !== null;
    take.hidden = stream === null;
    camera.textContent = stream ? texts.stop : texts.start;
    slider.value = 100 * photo.size;
    paintStage(stage, photo);
  }
  function change(edit) {
    edit();
    looked = false;
    show();
    ask();
  }
  function showAnswer({ seen: picture, bars: pairs = [], text = "" }) {
    seen.parentElement.hidden = !picture;
    bars.parentElement.hidden = !pairs.length;
    if (picture) seen.src = picture;
    const list = probabilityBars(pairs.map((pair) => pair[0]), texts.bars);
    const top = pairs.length ? list.show(pairs.map((pair) => Math.min(1, pair[1]))) : null;
    bars.replaceChildren(list.node);
    return text || (top ? texts.top.replace("{label}", top.label) : "");
  }
  function onAnswer(answer) {
    const question = asked;
    asked = null;
    if (answer.counts) choice.show(answer.counts);
    if (answer.error) showAnswer({});
    if (answer.error) status.say(answer.error);
    else if (question.keep !== undefined) {
      const count = answer.counts[labels.indexOf(question.keep)];
      status.say(texts.kept.replace("{label}", question.keep).replace("{count}", count));
    } else if (question.undo) status.say(answer.deleted ? texts.deleted : texts.nothing);
    else if (!question.picture) status.say(texts.empty);
    else if (photo.shown) status.say(showAnswer(answer)); // it may be gone by now
    ask();
  }

  function stopCamera() {
    if (!stream) return;
    for (const track of stream.getTracks()) track.stop();
    stream = video.srcObject = null;
  }
  function clear(text) {
    stopCamera();
    photo.clear();
    showAnswer({});
    status.say(text);
    show();
  }
  function nextFrame() {
    if (!stream) return;
    if (video.videoWidth) change(() => photo.draw(video, video.videoWidth, video.videoHeight, true));
    requestAnimationFrame(nextFrame);
  }
  async function startCamera() {
    if (!navigator.mediaDevices) return status.say(texts.insecure);
    status.say(texts.starting);
    try {
      const found = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 640 }, facingMode: "user" } });
      clear("");
      if (ended) return found.getTracks().forEach((track) => track.stop());
      stream = video.srcObject = found;
      found.getVideoTracks()[0].addEventListener("ended", () => stream === found && clear(texts.noCamera));
      await video.play();
      nextFrame();
    } catch {
      clear(texts.noCamera);
    }
  }
  async function open(image) {
    try {
      const bitmap = await decode(image, texts);
      clear("");
      change(() => photo.draw(bitmap, bitmap.width, bitmap.height));
      bitmap.close();
    } catch (failure) {
      clear(failure.message);
    }
  }
  /** Open the first file of a drop or a paste. */
  function receive(event, transfer) {
    if (!transfer?.files.length) return;
    event.preventDefault();
    event.stopPropagation();
    open(transfer.files[0]);
  }

  choose.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    if (file.files.length) open(file.files[0]);
    file.value = ""; // the same file may be chosen again
  });
  camera.addEventListener("click", () => (stream ? clear(texts.empty) : startCamera()));
  take.addEventListener("click", () => {
    stopCamera();
    camera.focus(); // this button goes away
    change(() => {});
  });
  keep.addEventListener("click", () => {
    if (!photo.shown) return status.say(texts.empty);
    waiting = { keep: choice.chosen(), picture: photo.cut() };
    ask();
  });
  undo.addEventListener("click", () => {
    waiting = { undo: true };
    ask();
  });
  slider.addEventListener("input", () => change(() => photo.adjust(0, 0, slider.value / 100 - photo.size)));
  el.addEventListener("paste", (event) => receive(event, event.clipboardData));
  el.addEventListener("drop", (event) => receive(event, event.dataTransfer));
  el.addEventListener("dragover", (event) => event.preventDefault()); // else there is no drop
  let held = null; // where the pointer that drags the square was last
  stage.addEventListener("pointerdown", (event) => {
    held = event;
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!photo.shown || !stage.hasPointerCapture(event.pointerId)) return;
    const scale = Math.max(photo.canvas.width, photo.canvas.height) / stage.clientWidth;
    change(() => photo.adjust(scale * (event.clientX - held.clientX), scale * (event.clientY - held.clientY)));
    held = event;
  });
  stage.addEventListener("keydown", (event) => {
    if (!photo.shown || !(event.key in MOVES) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // the page would scroll
    const [dx, dy, larger] = MOVES[event.key];
    const step = 0.03 * Math.min(photo.canvas.width, photo.canvas.height);
    change(() => photo.adjust(step * dx, step * dy, 0.05 * larger));
  });

  showAnswer({});
  const talk = conversation(model, onAnswer, () => status.say(texts.silent));
  show();
  ask();
  return () => {
    ended = true;
    stopCamera();
    talk.end();
  };
}

export default { render };
