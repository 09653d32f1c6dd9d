import { post } from "./api.js";
import { credentials } from "./credentials.js";
import { button, field, fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { MODES } from "./privacy.js";
import { failed } from "./toasts.js";

const FORMS = {
  login: { tab: "Log in", path: "auth/login", password: "current-password", action: "Log in" },
  signup: { tab: "Sign up", path: "auth/signup", password: "new-password", action: "Create account" },
};

/** The page before the login: what this is, and a form to log in or sign up. Calls `entered` once somebody has. */
export function welcomePage(root, entered, notice = null) {
  const panel = h("section", { class: "welcome-panel" });
  const show = (kind) => {
    const tabs = Object.entries(FORMS).map(([key, { tab }]) =>
      button(tab, { kind: "tab", role: "tab", "aria-selected": String(key === kind), onclick: () => show(key) }),
    );
    const greeting = notice && kind === "login" && h("p", { class: "notice" }, notice);
    fill(panel, h("div", { class: "tabs", role: "tablist" }, tabs), greeting, entryForm(kind, entered));
    panel.querySelector("input").focus();
  };
  const modes = Object.entries(MODES).map(([mode, { name, drawing, explanation }]) =>
    h("li", { "data-mode": mode }, icon(drawing), h("div", {}, h("strong", {}, name), h("p", {}, explanation))),
  );
  const pitch = h(
    "section",
    { class: "welcome-pitch" },
    h("div", { class: "brand" }, h("img", { src: "web/icon.svg", alt: "", width: 32, height: 32 }), "MemoryChat"),
    h("h1", {}, "A chat that remembers you, and forgets on request."),
    h("ul", { class: "welcome-modes" }, modes),
  );
  fill(root, h("main", { class: "welcome" }, pitch, panel));
  show(notice ? "login" : "signup");
}

function entryForm(kind, entered) {
  const { path, password, action } = FORMS[kind];
  const email = h("input", { type: "email", name: "email", autocomplete: "username", required: true });
  const secret = h("input", { type: "password", name: "password", autocomplete: password, required: true });
  const go = button(action, { kind: "primary wide", type: "submit" });
  const submit = async (event) => {
    event.preventDefault();
    go.disabled = true;
    try {
      credentials.keep(await post(path, { email: email.value.trim(), password: secret.value }, { anonymous: true }));
      await entered();
    } catch (error) {
      go.disabled = false;
      if (!marked({ email, password: secret }, error)) failed(error);
    }
  };
  const hint = kind === "signup" && "At least 8 characters.";
  return h(
    "form",
    { onsubmit: submit, oninput: () => unmark([email, secret]) },
    field("E-mail", email),
    field("Password", secret, hint),
    go,
  );
}

/** Shows what the server said about a field beside it; false when it said nothing about one. */
function marked(inputs, { errors = [] }) {
  const known = errors.filter(({ pointer }) => String(pointer).split("/").at(-1) in inputs);
  for (const { pointer, detail } of known) inputs[String(pointer).split("/").at(-1)].setCustomValidity(detail);
  for (const input of Object.values(inputs)) input.reportValidity();
  return known.length > 0;
}

function unmark(inputs) {
  for (const input of inputs) input.setCustomValidity("");
}
