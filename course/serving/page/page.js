// The lessons' photo widget on a page of its own: its questions go to the service instead of a notebook's kernel.
import widget from "/widget.js";

const place = document.querySelector("#widget");
const [settings, texts] = [place.dataset.settings, place.dataset.texts].map((text) => JSON.parse(text));
const token = new URLSearchParams(location.search).get("token");
const address = new URL("/api/predict", location.origin).href;
const SHOWN = 5; // letters in the chart

/** The bytes of a picture in a data URL. */
function bytes(picture) {
  return Uint8Array.from(atob(picture.slice(picture.indexOf(",") + 1)), (character) => character.charCodeAt(0));
}

/** What the service says of a picture, as the widget takes it. */
async function predict(picture) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "image/jpeg" };
  const response = await fetch(address, { method: "POST", headers, body: bytes(picture) });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) return { error: answer.error || texts.failed.replace("{status}", response.status) };
  return { seen: answer.seen, bars: Object.entries(answer.probabilities).slice(0, SHOWN) };
}

/** Stands in for the kernel: the widget sends it questions, and gets answers as messages. */
const service = {
  listeners: new Set(),
  get: (name) => ({ settings, texts })[name],
  on: (event, listener) => service.listeners.add(listener),
  off: (event, listener) => service.listeners.delete(listener),
  async send({ type, id, picture }) {
    if (type !== "ask") return;
    try {
      const answer = picture ? await predict(picture) : {};
      for (const listener of service.listeners) listener({ type: "answer", id, ...answer });
    } catch {
      // The service is gone; the widget says so when no answer comes.
    }
  },
};

document.querySelector("#command").textContent =
  `curl --data-binary @hand.jpg \\\n  -H "Authorization: Bearer TOKEN" \\\n  ${address}`;
widget.render({ model: service, el: place });
