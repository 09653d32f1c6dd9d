import { patch, remove } from "./api.js";
import { ask, confirm } from "./dialogs.js";
import { button, field, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { go } from "./navigation.js";
import { MODES } from "./privacy.js";
import { showReceipt } from "./receipts.js";
import { state } from "./state.js";
import { attempt, done } from "./toasts.js";

/** The bar above a chat: its title, its mode, and what can be done to it. */
export class ChatBar {
  element = h("header", { class: "bar" });
  #heading = h("div", { class: "stack bar-title" });
  #menus = null;
  #drawerButton;
  #session = null;

  constructor(drawerButton) {
    this.#drawerButton = drawerButton;
    this.show(null);
  }

  /** Shows a session; null is a chat that has not begun. */
  show(session) {
    this.#session = session;
    const profile = state.profiles.find(({ id }) => id === session?.memory_profile_id) ?? state.profile;
    const title = session ? titleOf(session) : "New chat";
    document.title = session?.title && session.privacy.retain ? `${title} · MemoryChat` : "MemoryChat";
    fill(this.#heading, h("h1", {}, title), h("small", {}, profile.name));
    const menus = session && `${session.id} ${session.privacy_mode}`;
    // The menus stay while they are right: one may be open.
    if (menus !== null && menus === this.#menus) return;
    this.#menus = menus;
    fill(this.element, this.#drawerButton, this.#heading, session && [this.#modeMenu(), this.#moreMenu()]);
  }

  #modeMenu() {
    const { privacy_mode } = this.#session;
    const { name, drawing } = MODES[privacy_mode];
    const trigger = h(
      "button",
      { type: "button", class: "mode-button", "data-mode": privacy_mode, "aria-label": `Privacy mode: ${name}` },
      icon(drawing),
      h("span", {}, name),
      icon("chevron"),
    );
    const item = (mode) => ({
      words: MODES[mode].name,
      note: MODES[mode].promise,
      drawing: MODES[mode].drawing,
      mode,
      checked: mode === privacy_mode,
      act: () => this.#change(mode),
    });
    return menu(trigger, () => Object.keys(MODES).map(item), { align: "end" });
  }

  #moreMenu() {
    const items = () => [
      { words: "Rename", drawing: "pencil", act: () => this.#rename() },
      { words: "Delete chat", drawing: "trash", danger: true, act: () => deleteChat(this.#session) },
    ];
    return menu(button(null, { icon: "dots", label: "More", kind: "ghost" }), items, { align: "end" });
  }

  async #change(privacy_mode) {
    const { id, privacy } = this.#session;
    if (privacy_mode === this.#session.privacy_mode) return;
    const text = "What was said in incognito is in the server’s memory only, and is gone when the mode changes.";
    if (
      !privacy.retain &&
      !(await confirm({ title: `Change to ${MODES[privacy_mode].name}?`, text, action: "Change and forget" }))
    )
      return;
    await attempt(async () => {
      await patch(`sessions/${id}`, { privacy_mode });
      state.changed("sessions");
      go(`chat/${id}`);
    });
  }

  #rename() {
    const input = h("input", { value: this.#session.title ?? "", required: true, maxlength: 200, autofocus: true });
    const save = async () => {
      this.show(await patch(`sessions/${this.#session.id}`, { title: input.value.trim() }));
      state.changed("sessions");
    };
    return ask({ title: "Rename the chat", fields: [field("Title", input)], action: "Save", save });
  }
}

/** What a session is called in lists and headings. */
export function titleOf({ title, privacy_mode }) {
  return title || (privacy_mode === "normal" ? "Untitled chat" : `${MODES[privacy_mode].name} chat`);
}

/** Deletes a chat once that is confirmed, and shows the receipt; one that keeps nothing needs no confirmation. */
export async function deleteChat({ id, title, privacy, hasKept }) {
  const text =
    "Its messages are erased from every store and the search index, and so are the memories known from this chat alone. This cannot be undone.";
  const keeps = privacy.retain || hasKept;
  if (keeps && !(await confirm({ title: `Delete “${title || "this chat"}”?`, text, action: "Delete chat" }))) return;
  await attempt(async () => {
    showReceipt("The chat is forgotten", await remove(`sessions/${id}`));
    state.changed("sessions");
    go("");
  });
}

/** Forgets what was said in incognito in a chat that has kept messages too; those stay. */
export function endIncognito({ id }) {
  return attempt(async () => {
    await patch(`sessions/${id}`, { privacy_mode: "normal" });
    done("Incognito has ended", "What was said in it is forgotten. The chat goes on in normal mode.");
    state.changed("sessions");
    go(`chat/${id}`);
  });
}
