import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { MODES, modeCards } from "./privacy.js";
import { deleteChat } from "./chat-bar.js";
import { state } from "./state.js";

const EXAMPLES = [
  "My sister Anna lives in Lisbon and loves sailing.",
  "What do you remember about me?",
  "I prefer short answers.",
];

/** The page of a chat that has not begun: the choice of its mode, and some first words to try. */
export function hero({ onMode, onExample }) {
  const examples = EXAMPLES.map((text) => button(text, { kind: "chip", onclick: () => onExample(text) }));
  return h(
    "section",
    { class: "hero" },
    h("h2", {}, "What shall we talk about?"),
    h(
      "p",
      { class: "quiet" },
      "On the profile ",
      h("strong", {}, state.profile?.name ?? ""),
      ". Choose what this chat may remember:",
    ),
    modeCards("normal", onMode),
    h("div", { class: "examples", role: "group", "aria-label": "Examples" }, examples),
  );
}

/** What the server says is read and kept in a session; nothing for a session that has no restriction. */
export function modeNote(session) {
  const { privacy_mode, privacy } = session;
  if (privacy.learn && privacy.retain) return null;
  const { name, drawing } = MODES[privacy_mode];
  const end = !privacy.retain && button("End and forget now", { icon: "close", onclick: () => deleteChat(session) });
  return h(
    "aside",
    { class: "mode-note", "data-mode": privacy_mode, "aria-label": `${name}: what is kept` },
    icon(drawing),
    h("div", {}, h("strong", {}, name), h("p", {}, privacy.note)),
    end,
  );
}
