import { credentials } from "./credentials.js";
import { problemOf, unreachable } from "./problem.js";

const JSON_CONTENT = { "Content-Type": "application/json" };

/**
 * The response of one request to /api/v1.
 *
 * A 401 renews the login once and asks again. Throws a Problem for every other failure, and the signal's reason when
 * it was aborted.
 */
export async function send(method, path, { body, headers = {}, signal, anonymous = false } = {}) {
  const address = new URL(`api/v1/${path}`, document.baseURI);
  const content = body && JSON.stringify(body);
  const attempt = () => {
    const authorization = anonymous || !credentials.access ? {} : { Authorization: `Bearer ${credentials.access}` };
    const all = { Accept: "application/json", ...(content && JSON_CONTENT), ...authorization, ...headers };
    return reached(fetch(address, { method, headers: all, body: content, signal }), signal);
  };
  const used = credentials.access;
  let response = await attempt();
  if (response.status === 401 && !anonymous && credentials.present) {
    await reached(credentials.renew(used), signal);
    response = await attempt();
    if (response.status === 401) credentials.clear();
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/** The parsed body of one request; null when it has none. */
export async function call(method, path, options) {
  const response = await send(method, path, options);
  return response.status === 204 ? null : response.json();
}

export const get = (path, options) => call("GET", path, options);
export const post = (path, body, options) => call("POST", path, { ...options, body });
export const patch = (path, body, options) => call("PATCH", path, { ...options, body });
export const remove = (path) => call("DELETE", path);

/** A path with its query; values that are null or empty are left out. */
export function query(path, values) {
  const filled = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return filled.length ? `${path}?${new URLSearchParams(filled)}` : path;
}

async function reached(promise, signal) {
  try {
    return await promise;
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw error instanceof TypeError ? unreachable() : error;
  }
}
