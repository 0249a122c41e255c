// The menu of narrow windows, and the keyboard's way into what scrolls sideways. Without scripts the menu stands open.
"use strict";

const menuButton = document.querySelector(".menu-button");
const menu = document.getElementById("menu");

function openMenu(open) {
  menuButton.setAttribute("aria-expanded", String(open));
  menu.classList.toggle("closed", !open);
}
menuButton.hidden = false;
openMenu(false);
menuButton.addEventListener("click", () => openMenu(menu.classList.contains("closed")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || menu.classList.contains("closed")) return;
  openMenu(false);
  if (menu.contains(document.activeElement)) menuButton.focus();
});

/** Let the keyboard reach, and then scroll, whatever is wider than its place. */
function reachWide() {
  for (const node of document.querySelectorAll("main pre, .wide")) {
    if (node.scrollWidth > node.clientWidth) node.tabIndex = 0;
    else node.removeAttribute("tabindex");
  }
}
addEventListener("load", reachWide);
addEventListener("resize", reachWide);
for (const place of document.querySelectorAll("[data-script]")) {
  if (location.protocol.startsWith("http")) import(new URL(place.dataset.script, document.baseURI)); // none from a disk
}
for (const fold of document.querySelectorAll("details")) fold.addEventListener("toggle", reachWide);

// The entry of the current page is in sight, however long the menu is; the page itself stays where it is.
const current = menu.querySelector("[aria-current]");
if (current) menu.scrollTop = current.offsetTop - menu.clientHeight / 3;

// A page opened from a disk may not read others, which the search would for its excerpts.
if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}
