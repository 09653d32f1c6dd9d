import { citations, pastCitations } from "./citations.js";
import { button, h } from "./dom.js";
import { forgetMessageButton } from "./forget-message.js";
import { icon } from "./icons.js";
import { KeptLine } from "./learnt.js";
import { renderMarkdown } from "./markdown.js";
import { MODES } from "./privacy.js";
import { failed } from "./toasts.js";

const SKIPPED = { paused: "not learnt", incognito: null, nothing_to_save: "nothing to learn" };
const ENDINGS = {
  cancelled: "Stopped",
  length: "Cut off: the answer reached its longest length",
  content_filter: "Cut off by the model’s content filter",
  error: "The answer broke off",
};

/** What the user said, as it is shown; `onForget(element)` is called. It can be forgotten once it has its `data-id`. */
export function userTurn({ id = null, content, privacy_mode }, sessionMode, onForget) {
  const own = privacy_mode && privacy_mode !== sessionMode && privacy_mode !== "normal";
  const mark = own && h("span", { class: "turn-mode" }, icon(MODES[privacy_mode].drawing), MODES[privacy_mode].name);
  const forget = forgetMessageButton(() => onForget(turn));
  const turn = h(
    "article",
    { class: "turn user", "data-mode": own ? privacy_mode : null, "data-id": id, "aria-label": "You" },
    h("div", { class: "bubble-row" }, forget, h("div", { class: "bubble" }, content)),
    mark,
  );
  return turn;
}

/** An answer, as it grows from a run's events or stands as a past message. */
export class AnswerTurn {
  privacy = null;
  /** The element of the message that this answers, if it was said just now. */
  question = null;
  message_ids = [];
  line = new KeptLine();
  #text = "";
  #frame = 0;
  #top = h("div", { class: "turn-top" });
  #body = h("div", { class: "markdown" });
  #state = h("div", { class: "turn-state" });
  #actions = h("div", { class: "turn-actions" });

  /** The callbacks get this turn, `onForget` its element; the element is to be put into the thread. */
  constructor({ onRegenerate, onForget, onPending }) {
    this.onRegenerate = onRegenerate;
    this.onForget = onForget;
    this.onPending = onPending;
    const foot = h("footer", {}, this.line.element, this.#actions);
    this.element = h(
      "article",
      { class: "turn answer", "aria-label": "Answer" },
      this.#top,
      this.#body,
      this.#state,
      foot,
    );
  }

  /** Shows a message of the past. */
  past({ id, content, finish_reason, memories_used = [], privacy_mode }) {
    this.message_ids = [id];
    this.element.dataset.id = id;
    this.#text = content;
    this.#draw();
    const known = memories_used.filter((memory) => memory.content !== undefined);
    if (known.length) this.#top.append(citations(known));
    else if (memories_used.length) this.#top.append(pastCitations(memories_used.map((memory) => memory.id ?? memory)));
    if (privacy_mode !== "normal")
      this.line.show({ mode: privacy_mode, retain: privacy_mode !== "incognito" }, "not learnt");
    this.#ended(finish_reason);
    return this;
  }

  /** Shows that the answer is awaited. */
  awaited() {
    this.element.classList.add("streaming");
    this.element.setAttribute("aria-busy", "true");
    this.#state.replaceChildren(
      h("span", { class: "dots", role: "img", "aria-label": "Thinking" }, h("i"), h("i"), h("i")),
    );
    return this;
  }

  /** Takes in one event of the run; unknown ones are passed over. */
  take(event) {
    const known = {
      "run.started": () => this.#started(event),
      "memory.used": () => this.#top.replaceChildren(citations(event.memories)),
      "message.delta": () => this.#grow(event.delta),
      "message.completed": () => this.#completed(event),
      "memory.pending": () => this.#pending(event),
      "memory.skipped": () => this.line.show(this.privacy, SKIPPED[event.reason] ?? "not learnt"),
      "run.failed": () => this.failed(event.error),
    };
    known[event.type]?.();
  }

  /** Shows that the connection is lost, or back. */
  connection(lost) {
    const words = h("p", { class: "reconnecting" }, "Connection lost. Picking the answer up again …");
    if (lost) this.#state.replaceChildren(words);
    else this.#state.replaceChildren();
  }

  /** Shows why there is no answer, or no more of it. */
  failed(error) {
    this.#settle();
    const words = error?.detail || error?.message || error?.title || "The answer could not be written.";
    const act = () => this.onRegenerate(this);
    const again = button("Try again", { icon: "refresh", kind: "plain only-last", onclick: act });
    this.#state.replaceChildren(
      h("div", { class: "turn-error", role: "alert" }, icon("warning"), h("p", {}, words), again),
    );
    this.#actions.replaceChildren();
  }

  #started({ message_id, user_message_id, privacy }) {
    this.privacy = privacy;
    this.message_ids = [message_id, user_message_id].filter(Boolean);
    this.element.dataset.id = message_id;
    if (this.question) this.question.dataset.id = user_message_id;
  }

  #grow(delta) {
    if (!this.#text) this.#state.replaceChildren();
    this.#text += delta;
    this.#frame ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = 0;
    renderMarkdown(this.#body, this.#text);
  }

  #completed({ content, finish_reason }) {
    this.#text = content ?? this.#text;
    this.#settle();
    this.#draw();
    this.#ended(finish_reason);
  }

  #pending({ job_id }) {
    this.line.show(this.privacy, "will be learnt");
    this.onPending(job_id, this);
  }

  #settle() {
    cancelAnimationFrame(this.#frame);
    this.element.classList.remove("streaming");
    this.element.removeAttribute("aria-busy");
    this.#state.replaceChildren();
  }

  #ended(finish_reason) {
    const ending = ENDINGS[finish_reason];
    if (ending) this.#state.replaceChildren(h("p", { class: "quiet" }, ending));
    const copy = button(null, {
      icon: "copy",
      label: "Copy the answer",
      kind: "ghost small",
      onclick: () => this.#copy(),
    });
    const anew = button(null, {
      icon: "refresh",
      label: "Answer again",
      kind: "ghost small only-last",
      onclick: () => this.onRegenerate(this),
    });
    this.#actions.replaceChildren(copy, anew, forgetMessageButton(() => this.onForget(this.element)));
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#text);
    } catch {
      failed(new Error("The browser did not allow copying"));
    }
  }
}
