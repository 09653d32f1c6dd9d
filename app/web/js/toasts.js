import { button, h } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN_MS = 7_000;

/** Shows a passing message in the place of one with the same words; errors stay until they are closed. */
function toast(words, { kind, drawing, note, stays = false }) {
  const close = () => box.remove();
  const box = h(
    "div",
    { class: `toast ${kind}`, role: kind === "error" ? "alert" : "status" },
    icon(drawing),
    h("div", {}, h("p", {}, words), note && h("small", {}, note)),
    button(null, { icon: "close", label: "Close", kind: "ghost", onclick: close }),
  );
  const stack = document.getElementById("toasts");
  for (const shown of [...stack.children]) if (shown.querySelector("p").textContent === words) shown.remove();
  stack.append(box);
  // Shown anew, the stack comes to lie above a dialog that was opened since.
  stack.hidePopover();
  stack.showPopover();
  if (!stays) setTimeout(close, SHOWN_MS);
}

/** Says that something worked. */
export function done(words, note) {
  toast(words, { kind: "done", drawing: "check", note });
}

/** Says what went wrong, with the request's id for whoever runs the server. An aborted request is no failure. */
export function failed(error) {
  if (error.name === "AbortError") return;
  toast(error.message, { kind: "error", drawing: "warning", note: particulars(error), stays: true });
}

/** What an error says beyond its sentence: fields, the time to wait, the request's id. */
export function particulars(error) {
  const details = (error.errors ?? []).map(
    ({ pointer, detail }) => `${String(pointer ?? "").replace(/^\//, "")}: ${detail}`,
  );
  const pause = error.retry_after_s ? [`Try again in ${error.retry_after_s} s.`] : [];
  const request = error.request_id ? [`Request ${error.request_id}`] : [];
  return [...details, ...pause, ...request].join(" · ");
}

/** Takes away the errors that are shown: they were about the page before. */
export function clearErrors() {
  for (const error of document.querySelectorAll(".toast.error")) error.remove();
}

/** Takes away all that is shown: something else is to be seen in its place. */
export function clearToasts() {
  document.getElementById("toasts").replaceChildren();
}

/** Runs an action and shows its failure; true when it went well. */
export async function attempt(action) {
  try {
    await action();
    return true;
  } catch (error) {
    failed(error);
    return false;
  }
}
