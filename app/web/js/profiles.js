import { patch, post, remove } from "./api.js";
import { ask, confirm, openDialog } from "./dialogs.js";
import { button, field, fill, h, select } from "./dom.js";
import { showReceipt } from "./receipts.js";
import { go } from "./navigation.js";
import { state } from "./state.js";
import { attempt } from "./toasts.js";

const LEARNING = [
  ["auto", "Learn by itself"],
  ["ask", "Ask me first"],
  ["off", "Never learn"],
];

const PERSONAL = [
  ["no", "May be learnt"],
  ["yes", "Blank them before learning"],
];

/** Asks for a new profile and picks it. */
export function newProfile() {
  const save = async (values) => {
    const profile = await post("memory-profiles", values);
    await state.loadProfiles();
    state.pick(profile.id);
    go("");
  };
  return profileForm({
    title: "New memory profile",
    profile: { name: "", description: "", learning: "auto", redact_pii: false },
    action: "Create profile",
    save,
  });
}

/** Shows every profile with what can be done to it. */
export function manageProfiles() {
  const list = h("ul", { class: "profile-list" });
  const show = () => fill(list, state.profiles.map(row));
  state.addEventListener("profiles", show);
  show();
  const intro = h("p", { class: "quiet" }, "Each profile has its own memories and chats. Nothing passes between them.");
  return openDialog("Memory profiles", () => [
    intro,
    list,
    h("footer", {}, button("New profile", { icon: "plus", onclick: newProfile })),
  ]).finally(() => state.removeEventListener("profiles", show));
}

function row(profile) {
  const learning = LEARNING.find(([key]) => key === profile.learning)?.[1];
  const words = h(
    "div",
    { class: "stack" },
    h("strong", {}, profile.name, profile.is_default && h("span", { class: "tag" }, "Default")),
    h("small", {}, [learning, profile.description].filter(Boolean).join(" · ")),
  );
  const named = (verb) => `${verb} ${profile.name}`;
  const star = profile.is_default
    ? null
    : button(null, {
        icon: "star",
        label: `Make ${profile.name} the default`,
        kind: "ghost",
        onclick: () => makeDefault(profile),
      });
  const edit = button(null, {
    icon: "pencil",
    label: named("Edit"),
    kind: "ghost",
    onclick: () => editProfile(profile),
  });
  const bin = button(null, {
    icon: "trash",
    label: named("Delete"),
    kind: "ghost danger-ink",
    disabled: state.profiles.length === 1,
    onclick: () => deleteProfile(profile),
  });
  return h("li", {}, words, star, edit, bin);
}

function makeDefault({ id }) {
  return attempt(async () => {
    await post(`memory-profiles/${id}/set-default`);
    await state.loadProfiles();
  });
}

function editProfile(profile) {
  const save = async (values) => {
    await patch(`memory-profiles/${profile.id}`, values);
    await state.loadProfiles();
  };
  return profileForm({ title: `Edit ${profile.name}`, profile, action: "Save", save });
}

async function deleteProfile({ id, name }) {
  const text = "Its memories and all of its chats are erased with it. This cannot be undone.";
  if (!(await confirm({ title: `Delete ${name}?`, text, action: "Delete profile", typed: name }))) return;
  await attempt(async () => {
    showReceipt(`${name} is forgotten`, await remove(`memory-profiles/${id}`));
    await state.loadProfiles();
    go("");
  });
}

function profileForm({ title, profile: { name, description, learning, redact_pii }, action, save }) {
  const named = h("input", {
    value: name,
    required: true,
    maxlength: 60,
    autofocus: true,
    placeholder: "Family, work, …",
  });
  const about = h("input", { value: description ?? "", maxlength: 200 });
  const learns = select(LEARNING, learning);
  const personal = select(PERSONAL, redact_pii ? "yes" : "no");
  const fields = [
    field("Name", named),
    field("What it is for (optional)", about),
    field("Learning", learns, "Applies to chats in normal mode."),
    field("Cards, accounts, e-mail addresses, phone and ID numbers", personal, "What looks like a password or key is kept back either way."),
  ];
  const values = () => ({
    name: named.value.trim(),
    description: about.value.trim() || null,
    learning: learns.value,
    redact_pii: personal.value === "yes",
  });
  return ask({ title, fields, action, save: () => save(values()) });
}
