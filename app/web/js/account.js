import { remove } from "./api.js";
import { credentials } from "./credentials.js";
import { day } from "./dates.js";
import { confirm, openDialog } from "./dialogs.js";
import { button, fill, h } from "./dom.js";
import { receiptList } from "./receipts.js";
import { state } from "./state.js";
import { attempt } from "./toasts.js";

/** Shows the account: who is logged in, the way out, and the end of it. */
export function accountPage(main, { menu }) {
  const { email, plan, created_at } = state.user;
  const rows = [
    ["E-mail", email],
    ["Plan", plan],
    ["Member since", day(created_at)],
  ].filter(([, value]) => value);
  const facts = h(
    "dl",
    { class: "facts" },
    rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
  const logout = button("Log out", { icon: "logout", onclick: () => attempt(logOut) });
  const docs = h("a", { class: "button plain", href: "docs" }, "API documentation");
  const erase = button("Delete account", { icon: "trash", kind: "danger", onclick: deleteAccount });
  fill(
    main,
    h("header", { class: "bar" }, menu(), h("h1", {}, "Account")),
    h(
      "div",
      { class: "column" },
      h("section", { class: "card" }, facts, h("div", { class: "card-actions" }, logout, docs)),
      h(
        "section",
        { class: "card danger-zone" },
        h("h2", {}, "Delete the account"),
        h(
          "p",
          {},
          "Every profile, chat and memory is erased from every store, and you get a receipt that counts what went. This cannot be undone.",
        ),
        erase,
      ),
    ),
  );
}

async function logOut() {
  history.replaceState(null, "", "#/");
  await credentials.logout();
}

async function deleteAccount() {
  const text = "Everything kept about you here will be erased.";
  if (!(await confirm({ title: "Delete the account?", text, action: "Delete everything", typed: state.user.email })))
    return;
  await attempt(async () => {
    const receipt = await remove("me");
    await openDialog("Everything is forgotten", (close) => [
      h("p", {}, "The account is gone, and with it:"),
      receiptList(receipt),
      h("footer", {}, button("Close", { kind: "primary", onclick: () => close() })),
    ]);
    history.replaceState(null, "", "#/");
    state.forgetPick();
    state.user = null;
    credentials.clear();
  });
}
