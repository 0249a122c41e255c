// Front end of SuggestWords: a text field, the most probable next words, a longer continuation. Joined to live.js.

function render({ model, el }) {
  const [settings, texts] = [model.get("settings"), model.get("texts")];
  const field = element("input", {
    type: "text", class: "course-text", "aria-label": texts.text, maxlength: settings.most, autocomplete: "off",
    spellcheck: "false",
  });
  const longer = element("p", { class: "course-longer" });
  const status = statusLine("");
  const rows = Array.from({ length: settings.words }, () => {
    const fill = element("span", { class: "course-fill" });
    const percent = element("span", { class: "course-percent" });
    const button = element("button", { class: "course-button", type: "button" });
    const track = element("span", { class: "course-track", "aria-hidden": "true" }, fill);
    const node = element("li", {}, button, track, percent);
    button.addEventListener("click", () => take(button.dataset.word));
    return { button, fill, percent, node };
  });
  const bars = element("ol", { class: "course-bars", role: "list", "aria-label": texts.bars }, ...rows.map((row) => row.node));
  layOut(
    el,
    [texts.text, field, element("div", { class: "course-title" }, texts.longer), longer, status.node],
    [texts.bars, bars],
  );
  el.firstChild.classList.add("course-suggest");

  function take(word) {
    if (!word) return;
    field.value = `${field.value.trimEnd()} ${word}`.trimStart();
    field.focus();
    talk.ask({ text: field.value });
  }
  function onAnswer({ longer: text, words = [], unknown, error }) {
    longer.textContent = text || "";
    rows.forEach((row, i) => {
      const [word, probability] = words[i] || ["", 0];
      const ends = word.startsWith("["); // [END] is no word to append
      row.node.hidden = !words[i];
      row.button.dataset.word = ends ? "" : word;
      row.button.disabled = ends;
      row.button.textContent = ends ? texts.end : word;
      row.fill.style.width = `${100 * probability}%`;
      row.percent.textContent = `${Math.round(100 * probability)}%`;
    });
    status.say(error || unknown || "", 400);
  }
  field.addEventListener("input", () => talk.ask({ text: field.value }));
  for (const name of ["keydown", "keyup", "keypress"]) field.addEventListener(name, (event) => event.stopPropagation());
  const talk = conversation(model, onAnswer, () => status.say(texts.silent));
  field.value = settings.example;
  talk.ask({ text: field.value });
  return talk.end;
}

export default { render };
