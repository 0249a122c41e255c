// What the front ends of all live widgets share. live.py joins this file and NAME.js into one module.

const PAUSE = 100; // milliseconds between questions: about ten a second
const PATIENCE = 3000; // milliseconds after which a missing answer is mentioned, and the next question asked

/** An HTML element with attributes and children. */
function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** Put columns, each [title, element, …], into `el`, out of reach of the notebook's own keyboard shortcuts. */
function layOut(el, ...columns) {
  const nodes = columns.map(([title, ...children]) =>
    element("div", { class: "course-column" }, element("div", { class: "course-title" }, title), ...children));
  el.append(element("div", { class: "course-live" }, ...nodes));
  keepShortcutsAway(el);
}

/** Keeps the notebook's own keyboard shortcuts out of what can be operated in `el`. */
function keepShortcutsAway(el) {
  // JupyterLab looks for this on the focused element first, then compares it with the selectors of its shortcuts.
  for (const node of el.querySelectorAll("button, input, [tabindex]")) node.dataset.lmSuppressShortcuts = "true";
}

/**
 * Asks Python, never a second question before the first is answered, and always the newest: however slow the network
 * is, it does not fall behind. `onAnswer(answer)` gets the answers, `onSilence()` is called when one fails to come.
 */
function conversation(model, onAnswer, onSilence) {
  const view = Math.random().toString(36).slice(2); // the same widget may be shown twice: each view has its own talk
  let [count, sent, waiting, next] = [0, 0, false, null];

  function tick() {
    const late = Date.now() - sent > PATIENCE;
    if (waiting && late) onSilence();
    if (next === null || (waiting && !late)) return;
    const question = { ...next, type: "ask", id: `${view}-${(count += 1)}` };
    [sent, waiting, next] = [Date.now(), true, null];
    try {
      model.send(question);
    } catch {
      // The kernel is gone; `onSilence` will say so.
    }
  }
  function receive(content) {
    if (content.type !== "answer" || content.id !== `${view}-${count}`) return;
    waiting = false;
    onAnswer(content);
  }
  const timer = setInterval(tick, PAUSE);
  model.on("msg:custom", receive);
  model.send({ type: "ready" });
  return {
    ask: (question) => (next = question),
    end: () => {
      clearInterval(timer);
      model.off("msg:custom", receive);
    },
  };
}

/** A line of text that screen readers speak. `say(text, delay)`: text that is replaced within the delay is not said. */
function statusLine(first) {
  const node = element("div", { class: "course-status", role: "status" }, first);
  let timer = null;
  function say(text, delay = 0) {
    clearTimeout(timer);
    timer = setTimeout(() => node.textContent === text || (node.textContent = text), delay);
  }
  return { node, say };
}

/** A list of labeled bars. `show(probabilities)` returns label and percent of the longest; `show(null)` empties it. */
function probabilityBars(labels, title) {
  const rows = labels.map((label) => {
    const fill = element("span", { class: "course-fill" });
    const track = element("span", { class: "course-track", "aria-hidden": "true" }, fill);
    const percent = element("span", { class: "course-percent" });
    return { fill, percent, node: element("li", {}, element("span", { class: "course-label" }, label), track, percent) };
  });
  function show(probabilities) {
    const top = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
    rows.forEach((row, i) => {
      row.percent.textContent = probabilities ? `${Math.round(100 * probabilities[i])}%` : "–";
      row.fill.style.width = probabilities ? `${100 * probabilities[i]}%` : "0";
      row.node.classList.toggle("course-top", i === top);
    });
    return top < 0 ? null : { label: labels[top], percent: rows[top].percent.textContent };
  }
  show(null);
  const list = rows.map((row) => row.node);
  return { show, node: element("ol", { class: "course-bars", role: "list", "aria-label": title }, ...list) };
}
