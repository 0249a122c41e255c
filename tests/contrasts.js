// Contrast ratios as WCAG 2 defines them, of a widget's texts and of its lines and bars, each with what it belongs to.
() => {
  const numbers = (color) => color.match(/[\d.]+/g).map(Number);
  const over = ([r, g, b, a = 1], ground) => [r, g, b].map((value, i) => a * value + (1 - a) * ground[i]);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const color = numbers(getComputedStyle(node).backgroundColor);
      if (color.length === 3) return color;
    }
    return [255, 255, 255];
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (color, under) => {
    const [light, dark] = [luminance(over(numbers(color), under)), luminance(under)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const live = document.querySelector(".course-live");
  const of = (property) => (node) => {
    const color = getComputedStyle(node)[property];
    const under = ground(property === "color" ? node : node.parentElement);
    return [`${property} of ${node.className || node.tagName}`, contrast(color, under)];
  };
  return {
    text: [...live.querySelectorAll(".course-title, .course-status, .course-button, p, li span:not(:empty)")]
      .filter((node) => node.innerText).map(of("color")),
    lines: [
      ...[...live.querySelectorAll(".course-fill")].map(of("backgroundColor")),
      ...[...live.querySelectorAll("canvas, button")].map(of("borderTopColor")),
      ...[...live.querySelectorAll(".course-track")].map(of("borderLeftColor")),
    ],
  };
}
