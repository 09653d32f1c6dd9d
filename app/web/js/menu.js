import { h } from "./dom.js";
import { icon } from "./icons.js";

/**
 * A button that opens a list of actions below it.
 *
 * `items()` gives `{words, drawing, note, checked, danger, act}` each time it opens; null is a dividing line. Arrow keys
 * move, Escape closes and returns the focus.
 */
export function menu(trigger, items, { align = "start" } = {}) {
  const list = h("div", { class: `menu-list ${align}`, role: "menu", hidden: true });
  const box = h("div", { class: "menu" }, trigger, list);
  const close = () => {
    list.hidden = true;
    trigger.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", outside);
  };
  const outside = (event) => !box.contains(event.target) && close();
  const open = () => {
    list.replaceChildren(...items().map((item) => entry(item, close)));
    list.hidden = false;
    trigger.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", outside);
    (list.querySelector("[aria-checked=true]") ?? list.querySelector("[role^=menuitem]"))?.focus();
  };
  trigger.setAttribute("aria-haspopup", "menu");
  trigger.setAttribute("aria-expanded", "false");
  trigger.addEventListener("click", () => (list.hidden ? open() : close()));
  box.addEventListener("keydown", (event) => onKey(event, list, trigger, close));
  return box;
}

function entry(item, close) {
  if (item === null) return h("hr", { role: "separator" });
  const { words, drawing, note, checked, danger, act, mode } = item;
  const chosen = () => {
    close();
    act();
  };
  return h(
    "button",
    {
      type: "button",
      role: checked === undefined ? "menuitem" : "menuitemradio",
      "aria-checked": checked === undefined ? null : String(checked),
      class: danger ? "danger" : null,
      "data-mode": mode,
      onclick: chosen,
    },
    drawing ? icon(drawing) : h("i", {}),
    h("span", {}, words, note && h("small", {}, note)),
    checked && icon("check"),
  );
}

function onKey(event, list, trigger, close) {
  if (list.hidden) return;
  const entries = [...list.querySelectorAll("[role^=menuitem]")];
  const at = entries.indexOf(document.activeElement);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) entries[(at + step + entries.length) % entries.length].focus();
  else if (event.key === "Escape") {
    close();
    trigger.focus();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
