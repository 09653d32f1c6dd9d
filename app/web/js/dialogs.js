import { button, fill, h } from "./dom.js";
import { particulars } from "./toasts.js";

/** Opens a dialog and resolves with the value it is closed with; null for Escape and the close button. */
export function openDialog(title, build, { wide = false } = {}) {
  return new Promise((resolve) => {
    let result = null;
    const heading = `dialog-${crypto.randomUUID()}`;
    const dialog = h("dialog", { class: wide ? "dialog wide" : "dialog", "aria-labelledby": heading });
    const close = (value = null) => {
      result = value;
      dialog.close();
    };
    const bar = h(
      "header",
      {},
      h("h2", { id: heading }, title),
      button(null, { icon: "close", label: "Close", kind: "ghost", onclick: () => close() }),
    );
    dialog.append(bar, ...[build(close)].flat());
    dialog.addEventListener("click", (event) => event.target === dialog && close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Asks before something that cannot be undone; true when it was confirmed. `typed` must be repeated when given. */
export async function confirm({ title, text, action, typed = null }) {
  const answer = await openDialog(title, (close) => {
    const go = button(action, { kind: "danger", disabled: typed !== null, onclick: () => close(true) });
    const check = h("input", {
      autofocus: typed !== null,
      autocomplete: "off",
      "aria-label": `Type ${typed} to confirm`,
      oninput: () => (go.disabled = check.value.trim() !== typed),
    });
    const repeat =
      typed && h("div", { class: "field" }, h("p", {}, "Type ", h("strong", {}, typed), " to confirm:"), check);
    return [
      h("p", {}, text),
      repeat,
      h("footer", {}, button("Cancel", { autofocus: typed === null, onclick: () => close() }), go),
    ].filter(Boolean);
  });
  return answer === true;
}

/**
 * A form that stays open, with the failure in it, until `save()` went well. True when it did, null when it was left.
 */
export function ask({ title, fields, action, save }) {
  return openDialog(title, (close) => {
    const failure = h("p", { class: "form-error", role: "alert" });
    const go = button(action, { kind: "primary", type: "submit" });
    const submit = async (event) => {
      event.preventDefault();
      go.disabled = true;
      try {
        await save();
        close(true);
      } catch (error) {
        fill(failure, error.message, h("small", {}, particulars(error)));
        go.disabled = false;
      }
    };
    return h(
      "form",
      { onsubmit: submit },
      fields,
      failure,
      h("footer", {}, button("Cancel", { onclick: () => close() }), go),
    );
  });
}
