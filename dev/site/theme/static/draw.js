// Lesson 01's network in the page: what the widget asks Python in a notebook is answered here, in the browser.

const SIZE = 28; // of MNIST's images, whose digits are BOX pixels high or wide
const BOX = 20;

/** The ink of `strokes`, as course/widgets/digit.py draws it: side × side values from 0 to 255. */
export function rasterize(strokes, { side, pen }) {
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  Object.assign(context, { strokeStyle: "#fff", fillStyle: "#fff", lineWidth: pen, lineCap: "round", lineJoin: "round" });
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(...stroke[0]);
    for (const point of stroke) context.lineTo(...point);
    context.stroke();
    context.beginPath(); // a stroke of one point draws no line
    context.arc(...stroke[0], pen / 2, 0, 2 * Math.PI);
    context.fill();
  }
  const { data } = context.getImageData(0, 0, side, side);
  return Float32Array.from({ length: side * side }, (_, i) => data[4 * i + 3]);
}

/** `values`, rows of `width`, with their rows shrunk to `target` values by a triangle filter: Pillow's BILINEAR. */
function shrinkRows(values, width, target) {
  const [height, scale] = [values.length / width, width / target];
  const reach = Math.max(scale, 1);
  const shrunk = new Float32Array(height * target);
  for (let x = 0; x < target; x += 1) {
    const center = (x + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const last = Math.min(width, Math.trunc(center + reach + 0.5));
    const weights = [];
    for (let i = first; i < last; i += 1) weights.push(Math.max(0, 1 - Math.abs((i + 0.5 - center) / reach)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let y = 0; y < height; y += 1)
      shrunk[y * target + x] = weights.reduce((sum, w, i) => sum + w * values[y * width + first + i], 0) / total;
  }
  return shrunk;
}

/** `values`, rows of `width`, with rows and columns exchanged. */
function transpose(values, width) {
  const height = values.length / width;
  return values.map((_, i) => values[(i % height) * width + Math.trunc(i / height)]);
}

/** `ink`, side × side, cropped, scaled and centered as MNIST's digits are: 28 × 28 values from 0 to 1. As as_mnist in Python. */
export function asMnist(ink, side) {
  const inked = [...ink.keys()].filter((i) => ink[i] > 0);
  const columns = inked.map((i) => i % side);
  const [top, bottom] = [Math.trunc(inked[0] / side), Math.trunc(inked.at(-1) / side)];
  const [left, right] = columns.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [side, 0]);
  const [cropHeight, cropWidth] = [bottom - top + 1, right - left + 1];
  const crop = Float32Array.from({ length: cropHeight * cropWidth }, (_, i) =>
    ink[(top + Math.trunc(i / cropWidth)) * side + left + (i % cropWidth)]);
  const [height, width] = [cropHeight, cropWidth].map((length) =>
    Math.max(1, Math.round((BOX * length) / Math.max(cropHeight, cropWidth))));
  const narrow = shrinkRows(crop, cropWidth, width);
  const small = transpose(shrinkRows(transpose(narrow, width), cropHeight, height), height);
  const total = small.reduce((sum, value) => sum + value, 0);
  const most = small.reduce((high, value) => Math.max(high, value), 0);
  const place = (length, at) => {
    const center = small.reduce((sum, value, i) => sum + value * at(i), 0) / total;
    return Math.min(Math.max(Math.round(SIZE / 2 - center), 0), SIZE - length);
  };
  const [row, column] = [place(height, (i) => Math.trunc(i / width)), place(width, (i) => i % width)];
  const picture = new Float32Array(SIZE * SIZE);
  small.forEach((value, i) => (picture[(row + Math.trunc(i / width)) * SIZE + column + (i % width)] = value / most));
  return picture;
}

/** The probabilities for `picture` by dense layers of `units`: kernels (inputs × units) and biases, in order, in `weights`. */
export function probabilitiesOf(picture, weights, units) {
  let [values, at] = [picture, 0];
  units.forEach((outputs, layer) => {
    const bias = at + values.length * outputs;
    const sums = weights.slice(bias, bias + outputs);
    values.forEach((value, i) => {
      if (value) for (let j = 0; j < outputs; j += 1) sums[j] += value * weights[at + i * outputs + j];
    });
    at = bias + outputs;
    values = layer < units.length - 1 ? sums.map((sum) => Math.max(0, sum)) : sums;
  });
  const highest = Math.max(...values);
  const powers = [...values].map((value) => Math.exp(value - highest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** Stands in for the notebook's side of the widget: `answer(question)` gives what Python would send. */
function kernel(settings, texts, answer) {
  const listeners = new Set();
  return {
    get: (name) => ({ settings, texts })[name],
    on: (_event, listener) => listeners.add(listener),
    off: (_event, listener) => listeners.delete(listener),
    async send({ type, id, strokes }) {
      if (type !== "ask") return;
      const answered = await answer(strokes);
      for (const listener of listeners) listener({ type: "answer", id, ...answered });
    },
  };
}

/** Put the widget into every place on the page that is meant for it, in place of the recorded example. */
async function start() {
  for (const place of document.querySelectorAll(".draw-digit")) {
    const { settings, texts, units, weights, widget } = JSON.parse(place.querySelector("script").textContent);
    const at = (file) => new URL(file, document.baseURI);
    let numbers = null; // fetched with the first stroke: nobody who only reads waits for them
    async function answer(strokes) {
      if (!strokes.length) return { picture: null, probabilities: null };
      try {
        numbers ??= new Float32Array(await (await fetch(at(weights))).arrayBuffer());
      } catch (error) {
        return { error: `${texts.missing} (${error.message})` };
      }
      const picture = asMnist(rasterize(strokes, settings), settings.side);
      const probabilities = probabilitiesOf(picture, numbers, units);
      return { picture: [...picture].map((value) => Math.round(255 * value)), probabilities };
    }
    const { default: front } = await import(at(widget));
    const box = document.createElement("div");
    place.dataset.jpThemeLight = String(!matchMedia("(prefers-color-scheme: dark)").matches); // what widget.css asks for
    front.render({ model: kernel(settings, texts, answer), el: box });
    place.replaceChildren(box);
  }
}

await start();
