import { icon } from "./icons.js";

const PROPERTIES = new Set(["value", "checked", "disabled"]);

/**
 * An element. `on…` attributes are listeners, `value`, `checked` and `disabled` are properties, null and false are left
 * out. Children are elements or text; nothing is ever parsed as markup.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (isShown(value)) set(element, name, value);
  element.append(...children.flat().filter(isShown));
  return element;
}

/** Replaces what an element holds. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter(isShown));
}

function isShown(value) {
  return value !== null && value !== undefined && value !== false;
}

function set(element, name, value) {
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** A button; `icon` stands before the words, and `label` names a button that has no words. */
export function button(words, { icon: drawing, label, kind = "plain", ...attributes } = {}) {
  return h(
    "button",
    { type: "button", class: `button ${kind}`, "aria-label": label, title: label, ...attributes },
    drawing && icon(drawing),
    words && h("span", {}, words),
  );
}

/** A field with its label; `hint` is tied to the input for screen readers. */
export function field(label, input, hint) {
  input.id ||= `field-${crypto.randomUUID()}`;
  const note = hint && h("small", { class: "hint", id: `${input.id}-hint` }, hint);
  if (note) input.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: input.id }, label), input, note);
}

/** A choice list from `[value, words]` pairs. */
export function select(options, value, attributes = {}) {
  const list = h(
    "select",
    attributes,
    options.map(([key, words]) => h("option", { value: key }, words)),
  );
  list.value = value;
  return list;
}

/** A function that runs once the calls to it have paused. */
export function debounced(action, pause_ms) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...values), pause_ms);
  };
}

/** Resolves after the time, or rejects as soon as the signal aborts. */
export function wait(duration_ms, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, duration_ms);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
}
