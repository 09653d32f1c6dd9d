/** Goes to a page; also to the one that is open, which then starts anew. */
export function go(path) {
  if (location.hash === `#/${path}`) dispatchEvent(new Event("page"));
  else location.hash = `#/${path}`;
}
