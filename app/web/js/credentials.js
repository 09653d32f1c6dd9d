import { Problem, problemOf } from "./problem.js";

const KEY = "memorychat.refresh";
const url = (path) => new URL(`api/v1/auth/${path}`, document.baseURI);

/** The login of this browser: the access token in memory only, the refresh token in localStorage for the next visit. */
class Credentials extends EventTarget {
  #access = null;
  #renewal = null;

  constructor() {
    super();
    addEventListener("storage", (event) => {
      if (event.key === KEY && event.newValue === null) this.clear();
    });
  }

  /** Whether somebody logged in here before. */
  get present() {
    return localStorage.getItem(KEY) !== null;
  }

  /** The token to send, null when there is none yet. */
  get access() {
    return this.#access;
  }

  /** Keeps the tokens of a signup, login or refresh. */
  keep(tokens) {
    this.#access = tokens.access_token;
    localStorage.setItem(KEY, tokens.refresh_token);
  }

  /** Forgets the login and tells whoever listens. */
  clear() {
    const was = this.#access !== null || this.present;
    this.#access = null;
    localStorage.removeItem(KEY);
    sessionStorage.clear();
    if (was) this.dispatchEvent(new Event("ended"));
  }

  /** Gets a token newer than `stale`. However many ask at once, one request is made. */
  renew(stale) {
    if (this.#access !== null && this.#access !== stale) return Promise.resolve();
    this.#renewal ??= this.#locked(() => this.#refresh()).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  /** Ends the login on the server as well, as far as it can be reached. */
  async logout() {
    const refresh_token = localStorage.getItem(KEY);
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${this.#access}` };
    const body = JSON.stringify({ refresh_token });
    await fetch(url("logout"), { method: "POST", headers, body }).catch(() => null);
    this.clear();
  }

  /** Tabs take turns: a refresh token used by two of them would end the login. */
  #locked(action) {
    return navigator.locks ? navigator.locks.request(KEY, action) : action();
  }

  async #refresh() {
    const refresh_token = localStorage.getItem(KEY);
    if (refresh_token === null) throw new Problem({ status: 401, title: "Please log in" });
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(url("refresh"), { method: "POST", headers, body: JSON.stringify({ refresh_token }) });
    if (response.ok) return this.keep(await response.json());
    if (response.status === 401 || response.status === 403) this.clear();
    throw await problemOf(response);
  }
}

export const credentials = new Credentials();
