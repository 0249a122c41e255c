// Front end of check.quiz: for each question its answers as radio buttons, and what is to be said of the chosen one.
// Joined to live.js. Nothing that is chosen leaves the page.

function render({ model, el }) {
  const [settings, texts] = [model.get("settings"), model.get("texts")];
  const view = Math.random().toString(36).slice(2); // the radio buttons of two views are not one group
  const questions = settings.questions.map(({ text, answers }, i) => {
    const status = statusLine("");
    const labels = answers.map((answer) => {
      const radio = element("input", { type: "radio", name: `${view}-${i}` });
      radio.addEventListener("change", () => status.say(answer.feedback, 300));
      return element("label", {}, radio, element("span", {}, answer.text));
    });
    const title = `${texts.question.replace("{number}", i + 1)}: ${text}`;
    return element("fieldset", {}, element("legend", {}, title), ...labels, status.node);
  });
  const box = element("div", { class: "course-live course-quiz" }, ...questions);
  el.append(box);
  keepShortcutsAway(el);
  for (const name of ["keydown", "keyup", "keypress"]) box.addEventListener(name, (event) => event.stopPropagation());
  model.send({ type: "ready" });
}

export default { render };
