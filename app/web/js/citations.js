import { get, remove } from "./api.js";
import { dateOfId, day } from "./dates.js";
import { openDialog } from "./dialogs.js";
import { button, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { KINDS } from "./kinds.js";
import { showReceipt } from "./receipts.js";
import { state } from "./state.js";
import { attempt } from "./toasts.js";

const SHOWN = 3;

/** The memories that an answer read, as chips that open their source. */
export function citations(memories) {
  const box = h("div", { class: "citations", role: "group", "aria-label": "Memories read for this answer" });
  const chips = memories.map((memory) => chip(memory, memories));
  const rest = chips.splice(SHOWN);
  const more = button(`+${rest.length} more`, { kind: "chip", onclick: () => more.replaceWith(...rest) });
  fill(box, h("span", { class: "citations-title" }, icon("bookmark"), "Remembered"), chips, rest.length > 0 && more);
  return box;
}

/** One chip for memories that are known by their ids only; they are read when it is opened. */
export function pastCitations(ids) {
  const words = ids.length === 1 ? "1 memory was read" : `${ids.length} memories were read`;
  const open = button(words, { icon: "bookmark", kind: "chip", onclick: () => openPast(ids) });
  return h("div", { class: "citations" }, open);
}

function chip(memory, all) {
  return button(memory.content, {
    icon: KINDS[memory.kind]?.drawing ?? "fact",
    kind: "chip",
    label: `Open memory: ${memory.content}`,
    onclick: () => openSource(memory, Math.max(...all.map(({ score }) => score))),
  });
}

function openSource(memory, best) {
  const { kind, content, score, source_message_ids = [] } = memory;
  const said = dateOfId(source_message_ids[0] ?? memory.id);
  const strength = h("meter", { min: 0, max: Math.max(best, Number.EPSILON), value: score, "aria-label": "Match" });
  const rows = [
    ["Kind", KINDS[kind]?.one ?? kind],
    [kind === "episode" ? "Said" : "Since", day(said)],
    ["Match", h("span", { class: "match" }, strength, matchWords(score / best))],
    ["Source", sources(source_message_ids.length)],
  ];
  return openDialog(KINDS[kind]?.one ?? "Memory", (close) =>
    [
      h("blockquote", { class: "source" }, content),
      facts(rows),
      kind === "episode"
        ? null
        : h(
            "footer",
            {},
            forgetButton(memory, close),
            h("a", { class: "button plain", href: "#/memories", onclick: () => close() }, "All memories"),
          ),
    ].filter(Boolean),
  );
}

/** How near a memory comes to the best one that the answer read: a score means nothing by itself. */
function matchWords(share) {
  if (share >= 1) return "The best of those read";
  if (share >= 0.75) return "Close to the best";
  return share >= 0.4 ? "Weaker than the best" : "Far weaker than the best";
}

function openPast(ids) {
  const list = h("ul", { class: "past-sources" }, h("li", {}, "Loading …"));
  const load = async () => {
    const found = await Promise.all(ids.map((id) => get(`memories/${id}`).catch(() => null)));
    const known = found
      .filter(Boolean)
      .map(({ kind, content, created_at }) =>
        h(
          "li",
          {},
          icon(KINDS[kind]?.drawing ?? "fact"),
          h("div", {}, content, h("small", {}, `${KINDS[kind]?.one ?? kind} · ${day(created_at)}`)),
        ),
      );
    const gone = ids.length - known.length;
    const note =
      gone > 0 &&
      h(
        "li",
        { class: "quiet" },
        `${gone} ${gone === 1 ? "is a past message or a memory that was" : "are past messages or memories that were"} forgotten since.`,
      );
    fill(list, known, note);
  };
  attempt(load);
  return openDialog("Memories read for this answer", () => [list]);
}

function forgetButton({ id }, close) {
  const forget = () =>
    attempt(async () => {
      showReceipt("Forgotten", await remove(`memories/${id}`));
      state.changed("memories");
      close();
    });
  return button("Forget", { icon: "trash", kind: "danger-ink", onclick: forget });
}

/** Where a memory comes from, in words. */
export function sources(count) {
  if (count === 0) return "Added by hand";
  return count === 1 ? "From 1 message" : `From ${count} messages`;
}

/** Names and values as a list. */
export function facts(rows) {
  return h(
    "dl",
    { class: "facts" },
    rows.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}
