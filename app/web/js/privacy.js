import { h } from "./dom.js";
import { icon } from "./icons.js";

/** The modes in the reader's words, mildest first. What a mode does is decided by the server alone. */
export const MODES = {
  normal: {
    name: "Normal",
    drawing: "bookmark",
    promise: "Remembers and learns",
    explanation: "Reads your memories, learns new ones, and keeps the chat.",
    once: "As this chat",
  },
  pause_memories: {
    name: "Memories paused",
    drawing: "pause",
    promise: "Remembers, learns nothing",
    explanation: "Reads your memories and keeps the chat. Nothing said here is ever learnt.",
    once: "Don’t learn from this message",
  },
  incognito: {
    name: "Incognito",
    drawing: "incognito",
    promise: "Knows nothing, keeps nothing",
    explanation: "No memory is read or learnt. The chat is not kept.",
    once: "Keep nothing of this message",
  },
};

const ORDER = Object.keys(MODES);

/** The mode that permits less. */
export function stricter(one, other) {
  return ORDER[Math.max(ORDER.indexOf(one), ORDER.indexOf(other))];
}

/** The modes that permit less than this one. */
export function tighterThan(mode) {
  return ORDER.slice(ORDER.indexOf(mode) + 1);
}

/** A mode as drawing and name, in its colour. */
export function modeBadge(mode) {
  const { name, drawing } = MODES[mode];
  return h("span", { class: "mode-badge", "data-mode": mode }, icon(drawing), name);
}

/** A group of cards, one per mode; `onChoose(mode)` is called when the choice changes. */
export function modeCards(chosen, onChoose) {
  const group = `mode-${crypto.randomUUID()}`;
  const card = (mode) => {
    const { name, drawing, promise, explanation } = MODES[mode];
    const choice = h("input", {
      type: "radio",
      name: group,
      value: mode,
      checked: mode === chosen,
      onchange: () => onChoose(mode),
    });
    const words = [h("strong", {}, name), h("em", {}, promise), h("small", {}, explanation)];
    return h("label", { class: "mode-card", "data-mode": mode }, choice, icon(drawing), h("span", {}, words));
  };
  return h("div", { class: "mode-cards", role: "radiogroup", "aria-label": "Privacy mode" }, ORDER.map(card));
}
