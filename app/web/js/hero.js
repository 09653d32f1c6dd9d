import { button, h } from "./dom.js";
import { icon } from "./icons.js";
import { MODES, modeCards } from "./privacy.js";
import { deleteChat, endIncognito } from "./chat-bar.js";
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

const KEPT_ABOVE =
  "The messages above are kept. Those from here on are not: they live in this server’s memory only, and no memory is " +
  "read or learnt. The provider of the model still sees the prompt.";

/**
 * What the server says is read and kept in a session; nothing for a session that has no restriction.
 *
 * In an incognito session that has kept messages it belongs below those, and ends the incognito part alone.
 */
export function modeNote(session) {
  const { privacy_mode, privacy, hasKept } = session;
  if (privacy.learn && privacy.retain) return null;
  const { name, drawing } = MODES[privacy_mode];
  const words = !privacy.retain && hasKept ? KEPT_ABOVE : privacy.note;
  const [verb, end] = hasKept ? ["End incognito and forget it", endIncognito] : ["End and forget now", deleteChat];
  const way = !privacy.retain && button(verb, { icon: "close", onclick: () => end(session) });
  return h(
    "aside",
    { class: "mode-note", "data-mode": privacy_mode, "aria-label": `${name}: what is kept` },
    icon(drawing),
    h("div", {}, h("strong", {}, name), h("p", {}, words)),
    way,
  );
}
