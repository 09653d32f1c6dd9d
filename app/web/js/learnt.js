import { get, post, remove } from "./api.js";
import { button, h, wait } from "./dom.js";
import { icon } from "./icons.js";
import { showReceipt } from "./receipts.js";
import { state } from "./state.js";
import { attempt } from "./toasts.js";

const FIRST_PAUSE_MS = 700;
const LONGEST_PAUSE_MS = 5_000;
const WATCHED_MS = 240_000;
const ENDED = new Set(["done", "failed"]);

/**
 * Follows learning jobs and shows on each answer what was learnt from it.
 *
 * Several turns may share a job: a memory is shown with the turn that it came from, else with the latest.
 */
export class LearningBoard {
  #signal;
  #turns = new Map();

  constructor(signal) {
    this.#signal = signal;
  }

  /** Watches a job for one turn; `message_ids` are the turn's messages, `line` shows the outcome. */
  watch(job_id, turn) {
    const turns = this.#turns.get(job_id);
    if (turns) return void turns.push(turn);
    this.#turns.set(job_id, [turn]);
    this.#follow(job_id).catch(() => {});
  }

  async #follow(job_id) {
    const job = await this.#outcome(job_id);
    const turns = this.#turns.get(job_id);
    this.#turns.delete(job_id);
    if (!job || job.state !== "done")
      return turns.forEach(({ line }) =>
        line.still(job?.state === "failed" ? "could not be learnt" : "will be learnt"),
      );
    const memories = (await Promise.all((job.added ?? []).map(memoryOf))).filter(Boolean);
    for (const [at, { line }] of turns.entries())
      line.learnt(memories.filter((memory) => ownerOf(memory, turns) === at));
    turns.at(-1).line.replaced(job.superseded?.length ?? 0);
    state.changed("memories");
  }

  async #outcome(job_id) {
    const until = Date.now() + WATCHED_MS;
    for (let pause_ms = FIRST_PAUSE_MS; Date.now() < until; pause_ms = Math.min(LONGEST_PAUSE_MS, pause_ms * 1.5)) {
      await wait(pause_ms, this.#signal);
      const job = await get(`memory-jobs/${job_id}`, { signal: this.#signal });
      const now = job.status ?? job.state;
      if (ENDED.has(now)) return { ...job, state: now };
    }
    return null;
  }
}

function ownerOf({ source_message_ids = [] }, turns) {
  const at = turns.findIndex(({ message_ids }) => source_message_ids.some((id) => message_ids.includes(id)));
  return at < 0 ? turns.length - 1 : at;
}

/** A job names its memories or holds them. */
function memoryOf(added) {
  const id = added.id ?? added;
  return added.content === undefined ? get(`memories/${id}`).catch(() => null) : added;
}

/** The line below an answer: whether it was kept, and what was or will be learnt. */
export class KeptLine {
  element = h("div", { class: "kept" });
  #kept = "";

  /** Shows what the turn's policy and the stream said. */
  show({ mode, retain }, learning) {
    this.#kept = retain ? "Kept" : "Not kept";
    this.element.dataset.mode = mode;
    this.still(retain ? learning : null);
  }

  /** Shows words that are not about single memories. */
  still(learning) {
    this.element.replaceChildren(h("span", {}, [this.#kept, learning].filter(Boolean).join(" · ")));
  }

  /** Shows each memory that was learnt, with its undo. */
  learnt(memories) {
    this.still(memories.length ? null : "nothing new to learn");
    this.element.append(...memories.map(learntItem));
  }

  /** Says how many older memories are no longer true. */
  replaced(count) {
    if (count)
      this.element.append(h("span", {}, `in place of ${count === 1 ? "an older memory" : `${count} older memories`}`));
  }
}

/** Marks those memories shown below answers that were forgotten since. */
export function checkLearnt() {
  for (const item of document.querySelectorAll(".learnt:has(button)"))
    get(`memories/${item.dataset.memory}`).catch(({ status }) => {
      if (status === 404) item.replaceChildren(h("span", { class: "quiet" }, "Forgotten"));
    });
}

function learntItem(memory) {
  const waiting = memory.status === "pending";
  const item = h("span", { class: "learnt", "data-memory": memory.id });
  const settle = (words) => item.replaceChildren(h("span", { class: "quiet" }, words));
  const review = (verb, words) => () =>
    attempt(async () => {
      await post(`memories/${memory.id}/${verb}`);
      settle(words);
      state.changed("memories");
    });
  const forget = () =>
    attempt(async () => {
      showReceipt("Forgotten", await remove(`memories/${memory.id}`));
      settle("Forgotten");
      state.changed("memories");
    });
  const actions = waiting
    ? [
        button("Remember", { kind: "link", onclick: review("approve", `Learnt: ${memory.content}`) }),
        button("Don’t", { kind: "link", onclick: review("reject", "Not learnt") }),
      ]
    : [button("Forget", { kind: "link", label: `Forget: ${memory.content}`, onclick: forget })];
  item.append(icon("bookmark"), h("span", {}, `${waiting ? "Learn this?" : "Learnt:"} ${memory.content}`), ...actions);
  return item;
}
