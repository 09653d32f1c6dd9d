import { remove } from "./api.js";
import { confirm } from "./dialogs.js";
import { button } from "./dom.js";
import { checkLearnt } from "./learnt.js";
import { showReceipt } from "./receipts.js";
import { state } from "./state.js";
import { attempt } from "./toasts.js";

/** The button that forgets the message which a turn shows. */
export function forgetMessageButton(onForget) {
  return button(null, { icon: "trash", label: "Delete this message", kind: "ghost small forget", onclick: onForget });
}

/** Deletes one message once that is confirmed, shows the receipt and takes the turn away. */
export async function forgetMessage({ session_id, message_id, element }) {
  const text =
    "It is erased from every store and the search index, and so are the memories known from it alone. This cannot be undone.";
  if (!(await confirm({ title: "Delete this message?", text, action: "Delete message" }))) return;
  await attempt(async () => {
    showReceipt("The message is forgotten", await remove(`sessions/${session_id}/messages/${message_id}`));
    // A failure below the message offers to answer it, which would now answer the one before.
    const next = element.nextElementSibling;
    if (next?.querySelector(".turn-error")) next.remove();
    element.remove();
    checkLearnt();
    state.changed("memories");
  });
}
