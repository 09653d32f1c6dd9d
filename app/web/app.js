import { credentials } from "./js/credentials.js";
import { button, fill, h } from "./js/dom.js";
import { shell } from "./js/shell.js";
import { state } from "./js/state.js";
import { welcomePage } from "./js/welcome.js";

const root = document.getElementById("app");

/** Shows the chat to whoever is logged in. */
async function enter() {
  await state.load();
  shell(root);
}

/** Shows the login, with the reason when one was lost. */
function leave(notice) {
  state.user = null;
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  welcomePage(root, enter, notice);
}

/** Keeps the login while the server is away. */
function retryLater({ message }) {
  const again = button("Try again", { kind: "primary", onclick: () => location.reload() });
  fill(root, h("main", { class: "empty" }, h("h1", {}, "MemoryChat is not available"), h("p", {}, message), again));
}

async function start() {
  credentials.addEventListener("ended", () => leave(state.user && "You have been logged out."));
  if (!credentials.present) return leave();
  try {
    await credentials.renew(null);
    await enter();
  } catch (error) {
    if (error.status === 401) leave("Your login has ended. Please log in again.");
    else retryLater(error);
  }
}

start();
