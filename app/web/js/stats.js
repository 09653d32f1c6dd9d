import { h } from "./dom.js";
import { icon } from "./icons.js";
import { KINDS, WRITABLE } from "./kinds.js";

/** How many memories there are, as one bar by kind; each kind is a button that shows only that kind. */
export function statsPicture(stats, chosen, onPick) {
  const kinds = WRITABLE.filter((kind) => stats.by_kind[kind] > 0).map((kind) => {
    const count = stats.by_kind[kind];
    return { kind, count, words: `${count} ${count === 1 ? KINDS[kind].one : KINDS[kind].many}` };
  });
  const legend = kinds.map((part) => kindButton(part, part.kind === chosen, onPick));
  return h(
    "section",
    { class: "stats", "aria-label": "What is remembered" },
    total(stats),
    bar(kinds, chosen),
    h("div", { class: "legend" }, legend),
  );
}

function total({ total: count, by_status, pending_jobs }) {
  const notes = [
    by_status.pending && `${by_status.pending} waiting for your answer`,
    by_status.superseded && `${by_status.superseded} no longer true`,
    pending_jobs && "more is being learnt",
  ].filter(Boolean);
  const number = h("strong", {}, count.toLocaleString());
  const words = count === 1 ? " memory" : " memories";
  return h("p", { class: "total" }, number, words, notes.length > 0 && h("small", {}, notes.join(" · ")));
}

function bar(kinds, chosen) {
  const label = kinds.map(({ words }) => words).join(", ") || "No memories";
  const parts = kinds.map(({ kind, count }) => {
    const part = h("span", { "data-kind": kind, class: chosen && chosen !== kind ? "faded" : null });
    part.style.flexGrow = count;
    return part;
  });
  return h("div", { class: "kinds-bar", role: "img", "aria-label": label }, parts);
}

function kindButton({ kind, words }, pressed, onPick) {
  return h(
    "button",
    {
      type: "button",
      class: "kind-button",
      "data-kind": kind,
      "aria-pressed": String(pressed),
      onclick: () => onPick(kind),
    },
    icon(KINDS[kind].drawing),
    words,
  );
}
