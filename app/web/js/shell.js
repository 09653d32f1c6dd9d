import { accountPage } from "./account.js";
import { chatPage } from "./chat.js";
import { credentials } from "./credentials.js";
import { button, fill, h } from "./dom.js";
import { memoriesPage } from "./memories.js";
import { go } from "./navigation.js";
import { sidebar } from "./sidebar.js";
import { clearErrors, clearToasts, particulars } from "./toasts.js";

const PAGES = { "": chatPage, chat: chatPage, memories: memoriesPage, account: accountPage };

/** The frame around every page: the sidebar beside it, a drawer on small screens. Lives until the login ends. */
export function shell(root) {
  const life = new AbortController();
  const main = h("main", { class: "page", tabindex: "-1", id: "page" });
  const drawer = h("aside", { class: "sidebar", id: "sidebar", "aria-label": "Chats and profiles" });
  const veil = h("div", { class: "veil" });
  const setDrawer = (open) => {
    document.body.classList.toggle("drawer-open", open);
    main.inert = open;
    if (!open) return;
    clearToasts();
    drawer.querySelector("button, a").focus();
  };
  veil.addEventListener("click", () => setDrawer(false));
  drawer.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    setDrawer(false);
    main.querySelector(".only-small")?.focus();
  });
  sidebar(drawer, life.signal);
  fill(
    root,
    h("a", { class: "skip", href: "#page", onclick: (event) => skip(event, main) }, "Skip to the page"),
    drawer,
    veil,
    main,
  );

  let page = new AbortController();
  const show = () => {
    page.abort();
    page = new AbortController();
    setDrawer(false);
    clearErrors();
    open(main, page.signal, () => setDrawer(true));
  };
  addEventListener("hashchange", show, { signal: life.signal });
  addEventListener("page", show, { signal: life.signal });
  credentials.addEventListener("ended", () => (page.abort(), life.abort()), { once: true });
  show();
}

function skip(event, main) {
  event.preventDefault();
  main.focus();
}

/** Draws the page that the address names; `signal` aborts when it is left. */
async function open(main, signal, openDrawer) {
  const [name = "", id = null] = location.hash.replace(/^#\/?/, "").split("/");
  const show = PAGES[name] ?? chatPage;
  const menu = () =>
    button(null, { icon: "menu", label: "Open the sidebar", kind: "ghost only-small", onclick: openDrawer });
  delete main.dataset.mode;
  fill(main);
  try {
    await show(main, { id, signal, menu });
    if (!signal.aborted && !main.contains(document.activeElement)) main.focus();
  } catch (error) {
    if (!signal.aborted) fill(main, h("header", { class: "bar" }, menu()), failurePage(error));
  }
}

function failurePage(error) {
  return h(
    "div",
    { class: "empty" },
    h("h1", {}, error.title ?? "This page cannot be shown"),
    h("p", {}, error.message),
    h("small", { class: "quiet" }, particulars(error)),
    button("New chat", { kind: "primary", onclick: () => go("") }),
  );
}
