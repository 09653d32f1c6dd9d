import { call, get, post, remove, send } from "./api.js";
import { sources } from "./citations.js";
import { dateOfId, day, moment } from "./dates.js";
import { ask, confirm, openDialog } from "./dialogs.js";
import { button, field, fill, h, select } from "./dom.js";
import { icon } from "./icons.js";
import { KINDS, WRITABLE } from "./kinds.js";
import { showReceipt } from "./receipts.js";
import { state } from "./state.js";
import { attempt } from "./toasts.js";

const ORIGINS = { manual: "Added by hand", copied: "Copied from another profile" };
const CHANGES = {
  added: "Added",
  updated: "Edited",
  superseded: "Replaced by something newer",
  approved: "Approved",
  rejected: "Rejected",
};

/** One memory as a list item. `share` is its match with a search as a part of the best one. */
export function memoryRow(memory, { share = null } = {}) {
  const { kind, content, status } = memory;
  const { one, drawing } = KINDS[kind] ?? { one: kind, drawing: "fact" };
  const sign = { class: "kind", "data-kind": kind, title: one, role: "img", "aria-label": one };
  const words = [h("p", {}, content), metaOf(memory, share), status === "pending" && review(memory)];
  return h(
    "li",
    { class: "memory", "data-status": status },
    h("span", sign, icon(drawing)),
    h("div", { class: "memory-words" }, words),
    kind !== "episode" && h("div", { class: "memory-actions" }, actionsOf(memory)),
  );
}

function metaOf(memory, share) {
  const meter = share === null ? bar("Importance", memory.importance) : bar("Match", share);
  const date = day(memory.created_at ?? dateOfId(memory.id));
  return h("div", { class: "memory-meta" }, meter, h("span", {}, origin(memory)), h("span", {}, date));
}

function bar(name, value = 0) {
  const percent = Math.round(value * 100);
  return h(
    "span",
    { class: "bar-meter" },
    h("span", {}, name),
    h("meter", { min: 0, max: 1, value, "aria-label": `${name}: ${percent} %`, title: `${percent} %` }),
  );
}

function origin({ kind, source, source_message_ids = [] }) {
  return kind === "episode" ? "Said in a chat" : (ORIGINS[source] ?? sources(source_message_ids.length));
}

function actionsOf(memory) {
  return [
    button(null, {
      icon: "pencil",
      label: `Edit: ${memory.content}`,
      kind: "ghost small",
      onclick: () => edit(memory),
    }),
    button(null, {
      icon: "history",
      label: `History: ${memory.content}`,
      kind: "ghost small",
      onclick: () => showHistory(memory),
    }),
    button(null, {
      icon: "trash",
      label: `Delete: ${memory.content}`,
      kind: "ghost small danger-ink",
      onclick: () => forget(memory),
    }),
  ];
}

function review({ id }) {
  const settle = (verb) => () =>
    attempt(async () => {
      await post(`memories/${id}/${verb}`);
      state.changed("memories");
    });
  return h(
    "div",
    { class: "review" },
    "Remember this?",
    button("Remember", { kind: "small primary", onclick: settle("approve") }),
    button("Don’t", { kind: "small", onclick: settle("reject") }),
  );
}

/** Edits the memory as it stands now; if it changes meanwhile, the server refuses and nothing is lost. */
function edit({ id }) {
  return attempt(async () => {
    const response = await send("GET", `memories/${id}`);
    const version = response.headers.get("ETag");
    const save = async (values) => {
      await call("PATCH", `memories/${id}`, { body: values, headers: version ? { "If-Match": version } : {} });
      state.changed("memories");
    };
    await editForm(await response.json(), save);
  });
}

function editForm({ content, kind, importance }, save) {
  const words = h("textarea", { rows: 3, required: true, autofocus: true, maxlength: 2000, value: content });
  const kinds = select(
    WRITABLE.map((key) => [key, KINDS[key].one]),
    kind,
  );
  const weight = h("input", { type: "range", min: 0, max: 1, step: 0.05 });
  weight.value = importance;
  const values = () => ({ content: words.value.trim(), kind: kinds.value, importance: Number(weight.value) });
  const fields = [field("What to remember", words), field("Kind", kinds), field("Importance", weight)];
  return ask({ title: "Edit the memory", fields, action: "Save", save: () => save(values()) });
}

async function forget({ id, content }) {
  const text = `“${content}” is erased with its earlier wordings, and is not learnt again from the messages it came from.`;
  if (!(await confirm({ title: "Forget this?", text, action: "Forget" }))) return;
  await attempt(async () => {
    showReceipt("Forgotten", await remove(`memories/${id}`));
    state.changed("memories");
  });
}

function showHistory({ id }) {
  const list = h("ol", { class: "history" }, h("li", {}, "Loading …"));
  attempt(async () => {
    const { data } = await get(`memories/${id}/history`);
    fill(
      list,
      data.map(({ change, content, created_at, valid_until }) => {
        const held = valid_until ? ` · held until ${day(valid_until)}` : "";
        const what = `${CHANGES[change] ?? change} · ${moment(created_at)}${held}`;
        return h("li", {}, h("small", {}, what), h("p", {}, content));
      }),
    );
    const { superseded_by: heir } = data.find((version) => version.superseded_by) ?? {};
    if (heir) list.append(h("li", {}, h("small", {}, "Holds instead"), h("p", {}, (await get(`memories/${heir}`)).content)));
  });
  return openDialog("History", () => [list]);
}
