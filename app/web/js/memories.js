import { get, post, query, remove } from "./api.js";
import { ask, confirm } from "./dialogs.js";
import { button, debounced, field, fill, h, select } from "./dom.js";
import { KINDS, WRITABLE } from "./kinds.js";
import { memoryRow } from "./memory-row.js";
import { showReceipt } from "./receipts.js";
import { state } from "./state.js";
import { statsPicture } from "./stats.js";
import { attempt } from "./toasts.js";

const PAGE = 100;
const TYPING_MS = 250;
const FOUND = 30;

/** Shows what a profile remembers, by kind, with everything that can be done to it. */
export async function memoriesPage(main, { signal, menu }) {
  const view = new MemoriesView(main, signal, menu());
  state.addEventListener("memories", () => view.load(), { signal });
  await view.reload();
}

class MemoriesView {
  #signal;
  #profile = state.profile;
  #kind = null;
  #memories = [];
  #cursor = null;
  #picture = h("div");
  #list = h("div", { class: "memory-groups" });
  #search = h("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search memories",
    oninput: debounced(() => this.load(), TYPING_MS),
  });

  constructor(main, signal, drawerButton) {
    this.#signal = signal;
    const heading = h("div", { class: "stack bar-title" }, h("h1", {}, "Memories"), h("small", {}, this.#profile.name));
    const add = button("Add memory", { icon: "plus", kind: "primary", onclick: () => this.#add() });
    const erase = button("Delete all", { icon: "trash", kind: "ghost danger-ink", onclick: () => this.#deleteAll() });
    const tools = h("div", { class: "memory-tools" }, h("div", { class: "search" }, this.#search), add);
    fill(
      main,
      h("header", { class: "bar" }, drawerButton, heading, erase),
      h("div", { class: "column" }, this.#picture, tools, this.#list),
    );
  }

  /** Loads anew and shows failures. */
  load() {
    return attempt(() => this.reload());
  }

  /** Loads the first page, or what the search finds, with the statistics. */
  async reload() {
    const q = this.#search.value.trim();
    const base = `memory-profiles/${this.#profile.id}/memories`;
    const [stats, page] = await Promise.all([
      get(`${base}/stats`, { signal: this.#signal }),
      q ? this.#find(base, q) : this.#page(base, null),
    ]);
    if (q !== this.#search.value.trim()) return;
    this.#memories = page.data;
    this.#cursor = page.next_cursor ?? null;
    this.#showPicture(stats);
    if (q) this.#showFound();
    else await this.#showGroups();
  }

  #find(base, text) {
    return post(`${base}/search`, { query: text, limit: FOUND }, { signal: this.#signal });
  }

  #page(base, cursor) {
    return get(query(base, { limit: PAGE, cursor }), { signal: this.#signal });
  }

  #showPicture(stats) {
    const pick = (kind) => {
      this.#kind = kind === this.#kind ? null : kind;
      this.#search.value = "";
      this.#showPicture(stats);
      attempt(() => this.reload());
    };
    fill(this.#picture, statsPicture(stats, this.#kind, pick));
  }

  #showFound() {
    if (!this.#memories.length) return fill(this.#list, empty("Nothing like that is remembered."));
    const best = Math.max(...this.#memories.map(({ score }) => score));
    return fill(
      this.#list,
      h(
        "ul",
        { class: "memories" },
        this.#memories.map((memory) => memoryRow(memory, { share: memory.score / best })),
      ),
    );
  }

  /** Shows the loaded memories by kind; a chosen kind is loaded until it fills a page or ends. */
  async #showGroups() {
    const shown = () => this.#memories.filter(({ kind }) => this.#kind === null || kind === this.#kind);
    while (this.#kind && this.#cursor && shown().length < PAGE) await this.#loadMore();
    const groups = WRITABLE.map((kind) => [kind, shown().filter((memory) => memory.kind === kind)]).filter(
      ([, memories]) => memories.length,
    );
    const more =
      this.#cursor &&
      button("Show more", { onclick: () => attempt(() => this.#loadMore().then(() => this.#showGroups())) });
    if (groups.length) fill(this.#list, groups.map(group), more);
    else
      fill(
        this.#list,
        empty("Nothing is remembered yet. Tell the chat something in normal mode, or add a memory by hand."),
        more,
      );
  }

  async #loadMore() {
    const page = await this.#page(`memory-profiles/${this.#profile.id}/memories`, this.#cursor);
    this.#memories.push(...page.data);
    this.#cursor = page.next_cursor;
  }

  #add() {
    const content = h("textarea", {
      rows: 3,
      required: true,
      autofocus: true,
      maxlength: 2000,
      placeholder: "User’s sister is called Anna.",
    });
    const kind = select(
      WRITABLE.map((key) => [key, KINDS[key].one]),
      this.#kind ?? "fact",
    );
    const save = async () => {
      await post(`memory-profiles/${this.#profile.id}/memories`, { content: content.value.trim(), kind: kind.value });
      await this.reload();
    };
    return ask({
      title: "Add a memory",
      fields: [field("What to remember", content), field("Kind", kind)],
      action: "Add memory",
      save,
    });
  }

  async #deleteAll() {
    const { name, id } = this.#profile;
    const text =
      "Every memory of this profile is erased, and the messages they came from are never learnt from again. The chats stay.";
    if (!(await confirm({ title: "Delete all memories?", text, action: "Delete all memories", typed: name }))) return;
    await attempt(async () => {
      showReceipt(`${name} remembers nothing now`, await remove(`memory-profiles/${id}/memories`));
      await this.reload();
    });
  }
}

function group([kind, memories]) {
  const now = memories.filter(({ status }) => status === "active" || status === "pending");
  const past = memories.filter((memory) => !now.includes(memory));
  const older =
    past.length > 0 &&
    h(
      "details",
      {},
      h("summary", {}, `${past.length} no longer true`),
      h(
        "ul",
        { class: "memories past" },
        past.map((memory) => memoryRow(memory)),
      ),
    );
  return h(
    "section",
    { "data-kind": kind },
    h("h2", {}, KINDS[kind].many),
    h(
      "ul",
      { class: "memories" },
      now.map((memory) => memoryRow(memory)),
    ),
    older,
  );
}

function empty(words) {
  return h("p", { class: "quiet nothing" }, words);
}
