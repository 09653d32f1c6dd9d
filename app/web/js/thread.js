import { button, h } from "./dom.js";

/** How far from the end still counts as reading the end. */
const NEAR_PX = 80;

/** The turns of a chat in a scrolling field that stays at its end unless the reader scrolled away. */
export class Thread {
  #turns = h("div", { class: "turns", role: "log", "aria-label": "Conversation", "aria-live": "polite" });
  #down = button(null, {
    icon: "down",
    label: "To the latest",
    kind: "round to-end",
    hidden: true,
    onclick: () => this.toEnd(),
  });
  #field = h("div", { class: "thread", tabindex: "-1" }, this.#turns);
  element = h("div", { class: "thread-box" }, this.#field, this.#down);
  #atEnd = true;

  constructor() {
    this.#field.addEventListener("scroll", () => this.#scrolled());
    const sizes = new ResizeObserver(() => this.#atEnd && !this.empty && this.toEnd());
    sizes.observe(this.#turns);
    sizes.observe(this.#field);
  }

  /** Whether any turn is shown. */
  get empty() {
    return this.#turns.children.length === 0;
  }

  /** Adds elements at the end and shows them. */
  add(...elements) {
    this.#turns.append(...elements);
    this.toEnd();
  }

  /** Puts elements before all others without moving what is read. */
  addEarlier(...elements) {
    const below = this.#field.scrollHeight - this.#field.scrollTop;
    this.#turns.prepend(...elements);
    this.#field.scrollTop = this.#field.scrollHeight - below;
  }

  /** Shows something above the turns, such as a choice or a note; null takes it away. */
  above(element) {
    this.#field.replaceChildren(...[element, this.#turns].filter(Boolean));
  }

  toEnd() {
    this.#field.scrollTop = this.#field.scrollHeight;
    this.#atEnd = true;
    this.#down.hidden = true;
  }

  #scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.#field;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.#down.hidden = this.#atEnd;
  }
}
