import { get, query } from "./api.js";

/** Who is logged in, and on which memory profile. Dispatches `profiles`, `sessions` and `memories` when those changed. */
class State extends EventTarget {
  user = null;
  profiles = [];
  #profile_id = null;

  /** The profile in use: the one picked last by this account in this browser, else the default. */
  get profile() {
    return (
      this.profiles.find(({ id }) => id === this.#profile_id) ??
      this.profiles.find(({ is_default }) => is_default) ??
      this.profiles[0]
    );
  }

  /** Loads the account and its profiles. */
  async load() {
    [this.user] = await Promise.all([get("auth/me"), this.loadProfiles()]);
    this.#profile_id = localStorage.getItem(this.#key);
  }

  /** Forgets in this browser which profile the account used. */
  forgetPick() {
    localStorage.removeItem(this.#key);
  }

  /** Loads the profiles anew. */
  async loadProfiles() {
    this.profiles = await everything("memory-profiles");
    this.changed("profiles");
  }

  /** Makes another profile the one in use. */
  pick(profile_id) {
    const before = this.profile?.id;
    this.#profile_id = profile_id;
    localStorage.setItem(this.#key, profile_id);
    if (profile_id !== before) this.changed("profiles");
  }

  get #key() {
    return `memorychat.profile.${this.user.id}`;
  }

  /** Tells whoever shows `what` to look again. */
  changed(what) {
    this.dispatchEvent(new Event(what));
  }
}

export const state = new State();

/** Every item of a list, page after page. */
export async function everything(path) {
  const items = [];
  let cursor = null;
  do {
    const page = await get(query(path, { limit: 100, cursor }));
    items.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor);
  return items;
}
