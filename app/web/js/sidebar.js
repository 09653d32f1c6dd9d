import { get, query } from "./api.js";
import { titleOf } from "./chat-bar.js";
import { age } from "./dates.js";
import { button, debounced, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { menu } from "./menu.js";
import { MODES } from "./privacy.js";
import { manageProfiles, newProfile } from "./profiles.js";
import { go } from "./navigation.js";
import { state } from "./state.js";
import { attempt } from "./toasts.js";

const PAGE = 30;
const TYPING_MS = 250;

/** Fills the sidebar and keeps it current until the signal aborts. */
export function sidebar(box, signal) {
  const list = h("nav", { class: "sessions", "aria-label": "Chats" });
  const search = h("input", {
    type: "search",
    placeholder: "Search chats",
    "aria-label": "Search chats",
    oninput: debounced(() => load(), TYPING_MS),
  });
  const load = () => attempt(() => showSessions(list, search.value.trim(), signal));
  const link = (words, drawing, page) => h("a", { href: `#/${page}`, class: "nav-link" }, icon(drawing), words);
  const brand = h(
    "a",
    { class: "brand", href: "#/" },
    h("img", { src: "web/icon.svg", alt: "", width: 26, height: 26 }),
    "MemoryChat",
  );
  fill(
    box,
    brand,
    profilePicker(signal),
    button("New chat", { icon: "plus", kind: "primary wide", onclick: () => go("") }),
    h("div", { class: "search" }, icon("search"), search),
    list,
    h("footer", {}, link("Memories", "bookmark", "memories"), link("Account", "user", "account")),
  );
  const mark = () => markCurrent(box);
  state.addEventListener("profiles", load, { signal });
  state.addEventListener("sessions", load, { signal });
  addEventListener("hashchange", mark, { signal });
  load();
}

function profilePicker(signal) {
  const name = h("span", { class: "profile-name" });
  const trigger = h(
    "button",
    { type: "button", class: "profile-picker", "aria-label": "Memory profile" },
    h("span", { class: "profile-dot" }),
    h("span", { class: "stack" }, h("small", {}, "Memory profile"), name),
    icon("chevron"),
  );
  const show = () => {
    name.textContent = state.profile?.name ?? "";
    trigger.firstElementChild.textContent = (state.profile?.name ?? "?").slice(0, 1).toUpperCase();
    trigger.setAttribute("aria-label", `Memory profile: ${state.profile?.name}`);
  };
  state.addEventListener("profiles", show, { signal });
  show();
  const items = () => [
    ...state.profiles.map((profile) => ({
      words: profile.name,
      note: profile.is_default ? "Default" : profile.description,
      checked: profile.id === state.profile.id,
      act: () => pick(profile.id),
    })),
    null,
    { words: "New profile", drawing: "plus", act: newProfile },
    { words: "Manage profiles", drawing: "pencil", act: manageProfiles },
  ];
  return menu(trigger, items);
}

/** Another profile has other chats: a chat of the old one is left. */
function pick(profile_id) {
  state.pick(profile_id);
  go(location.hash.startsWith("#/memories") ? "memories" : "");
}

async function showSessions(list, q, signal) {
  const profile_id = state.profile?.id;
  const page = await fetchPage({ q, profile_id, signal });
  if (profile_id !== state.profile?.id) return;
  if (!page.data.length)
    fill(list, h("p", { class: "quiet" }, q ? "No chat has these words." : `No chats on ${state.profile?.name}.`));
  else {
    fill(list);
    append(list, page, { q, profile_id, signal });
  }
}

function fetchPage({ q, profile_id, cursor = null, signal }) {
  return get(query("sessions", { memory_profile_id: profile_id, q, limit: PAGE, cursor }), { signal });
}

function append(list, { data, next_cursor }, search) {
  for (const session of data) {
    const heading = age(session.updated_at);
    if (list.dataset.heading !== heading || !list.children.length) list.append(h("h2", {}, heading));
    list.dataset.heading = heading;
    list.append(entry(session));
  }
  if (next_cursor) {
    const more = button("Show more", {
      kind: "ghost wide",
      onclick: () =>
        attempt(async () => {
          const page = await fetchPage({ ...search, cursor: next_cursor });
          more.remove();
          append(list, page, search);
        }),
    });
    list.append(more);
  }
  markCurrent(list);
}

function entry(session) {
  const { id, privacy_mode } = session;
  const { name, drawing } = MODES[privacy_mode];
  const special = privacy_mode !== "normal";
  return h(
    "a",
    { href: `#/chat/${id}`, class: "session", "data-mode": special ? privacy_mode : null },
    h("span", { class: "session-title" }, titleOf(session)),
    special && h("span", { class: "session-mode", title: name, role: "img", "aria-label": name }, icon(drawing)),
  );
}

function markCurrent(box) {
  for (const link of box.querySelectorAll("a.session, a.nav-link")) {
    if (link.getAttribute("href") === location.hash) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
