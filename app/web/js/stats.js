import { h } from "./dom.js";
import { icon } from "./icons.js";
import { KINDS, WRITABLE } from "./kinds.js";

/** How many memories there are, as one bar by kind; each kind is a button that shows only that kind. */
export function statsPicture({ total = 0, by_kind = {}, by_status = {}, pending_jobs = 0 }, chosen, onPick) {
  const kinds = WRITABLE.filter((kind) => by_kind[kind] > 0);
  const bar = h("div", { class: "kinds-bar", role: "img", "aria-label": kinds.map((kind) => `${by_kind[kind]} ${KINDS[kind].many}`).join(", ") || "No memories" });
  for (const kind of kinds) {
    const part = h("span", { "data-kind": kind, class: chosen && chosen !== kind ? "faded" : null });
    part.style.flexGrow = by_kind[kind];
    bar.append(part);
  }
  const legend = kinds.map((kind) =>
    h("button", { type: "button", class: "kind-button", "data-kind": kind, "aria-pressed": String(kind === chosen), onclick: () => onPick(kind) }, icon(KINDS[kind].drawing), `${by_kind[kind]} ${by_kind[kind] === 1 ? KINDS[kind].one : KINDS[kind].many}`),
  );
  const waiting = [
    by_status.pending && `${by_status.pending} waiting for your answer`,
    by_status.superseded && `${by_status.superseded} no longer true`,
    pending_jobs && "more is being learnt",
  ].filter(Boolean);
  const number = h("p", { class: "total" }, h("strong", {}, total.toLocaleString()), total === 1 ? " memory" : " memories", waiting.length > 0 && h("small", {}, waiting.join(" · ")));
  return h("section", { class: "stats", "aria-label": "What is remembered" }, number, bar, h("div", { class: "legend" }, legend));
}
