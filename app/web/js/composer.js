import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { MODES, tighterThan } from "./privacy.js";

const LONGEST = 32_000;
const COUNTED_FROM = 30_000;

/** The field to write in, with the choice of a stricter mode for one message. */
export class Composer {
  element;
  #text = h("textarea", { rows: 1, "aria-label": "Message", placeholder: "Message MemoryChat" });
  #act = h("button", { type: "submit", class: "send" });
  #once = h("button", { type: "button", class: "once" });
  #count = h("small", { class: "count", "aria-live": "polite" });
  #mode = "normal";
  #tightened = null;
  #busy = false;

  /** `onSend(text, tightened)` and `onStop()` are called; tightened is null or a mode stricter than the session's. */
  constructor({ onSend, onStop }) {
    this.onSend = onSend;
    this.onStop = onStop;
    const once = menu(this.#once, () => this.#choices(), { align: "up" });
    const row = h("div", { class: "composer-row" }, once, this.#count, this.#act);
    this.element = h("form", { class: "composer", onsubmit: (event) => this.#submit(event) }, this.#text, row);
    this.#text.addEventListener("input", () => this.#fit());
    this.#text.addEventListener("keydown", (event) => this.#onKey(event));
    this.busy(false);
    this.mode("normal");
  }

  /** Sets the session's mode; a tightening that it makes needless is dropped. */
  mode(mode) {
    this.#mode = mode;
    this.#tighten(tighterThan(mode).includes(this.#tightened) ? this.#tightened : null);
  }

  /** Shows the stop button while an answer is written, else the send button. */
  busy(busy) {
    this.#busy = busy;
    const words = busy ? "Stop the answer" : "Send message";
    this.#act.setAttribute("aria-label", words);
    this.#act.title = words;
    this.#act.classList.toggle("stop", busy);
    fill(this.#act, icon(busy ? "stop" : "send"));
    this.#fit();
  }

  /** Puts a text into the field, such as one that could not be sent. */
  write(text) {
    this.#text.value = text;
    this.#fit();
    this.#text.focus();
  }

  /** Puts the cursor into the field, unless that would open a keyboard over the page. */
  focus() {
    if (matchMedia("(pointer: fine)").matches) this.#text.focus();
  }

  #tighten(mode) {
    this.#tightened = mode;
    const shown = MODES[mode ?? this.#mode];
    this.element.dataset.mode = mode ?? this.#mode;
    this.element.classList.toggle("tightened", mode !== null);
    const choice = tighterThan(this.#mode).length > 0;
    this.#once.disabled = !choice;
    const words = mode ? shown.once : shown.name;
    this.#once.setAttribute("aria-label", `Privacy of this message: ${words}`);
    fill(this.#once, icon(shown.drawing), h("span", {}, words), choice && icon("chevron"));
  }

  #choices() {
    const choice = (mode) => ({
      words: MODES[mode ?? "normal"].once,
      drawing: MODES[mode ?? this.#mode].drawing,
      mode,
      checked: mode === this.#tightened,
      act: () => this.#choose(mode),
    });
    return [null, ...tighterThan(this.#mode)].map(choice);
  }

  #choose(mode) {
    this.#tighten(mode);
    this.focus();
  }

  #onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#text.value;
    if (this.#busy) return event.type === "submit" ? this.onStop() : undefined;
    if (!text.trim() || this.#length() > LONGEST) return undefined;
    const tightened = this.#tightened;
    this.#text.value = "";
    this.#tighten(null);
    this.#fit();
    return this.onSend(text, tightened);
  }

  /** Characters as the server counts them: code points, not UTF-16 units. */
  #length() {
    const text = this.#text.value;
    return text.length < COUNTED_FROM ? text.length : [...text].length;
  }

  #fit() {
    const text = this.#text;
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    const length = this.#length();
    this.#count.textContent =
      length > COUNTED_FROM ? `${length.toLocaleString()} of ${LONGEST.toLocaleString()} characters` : "";
    this.#count.classList.toggle("over", length > LONGEST);
    this.#act.disabled = !this.#busy && (!text.value.trim() || length > LONGEST);
  }
}
