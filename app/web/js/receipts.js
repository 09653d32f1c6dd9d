import { h } from "./dom.js";
import { done } from "./toasts.js";

const NAMES = {
  users: ["account", "accounts"],
  chat_sessions: ["chat", "chats"],
  chat_messages: ["message", "messages"],
  memory_profiles: ["profile", "profiles"],
  memories: ["memory", "memories"],
  memory_versions: ["earlier wording", "earlier wordings"],
  index_points: ["search entry", "search entries"],
  memory_jobs: ["learning job", "learning jobs"],
  incognito_messages: ["incognito message", "incognito messages"],
  runs: ["answer buffer", "answer buffers"],
  exports: ["export under way", "exports under way"],
  refresh_tokens: ["login", "logins"],
  api_keys: ["API key", "API keys"],
};

const STORES = { database: "the database", index: "the search index", files: "the documents" };

/** Where bytes still stand and when they are gone; nothing when none do. */
function pending({ bytes_pending = [], bytes_gone_by }) {
  if (!bytes_pending.length) return [];
  const stores = bytes_pending.map((store) => STORES[store] ?? store).join(" and ");
  const time = new Date(bytes_gone_by).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return [`nothing finds it any more; its last bytes leave the files of ${stores} by ${time}`];
}

/** Where bytes go without anybody telling when; nothing where all files are the server's own. */
function unattested({ bytes_unattested = [] }) {
  if (!bytes_unattested.length) return [];
  const stores = bytes_unattested.map((store) => STORES[store] ?? store).join(" and ");
  return [`nothing finds it any more; when its last bytes leave the files of ${stores} is up to another server`];
}

/** What a receipt counts, as words, without the zeros. */
function counts({ deleted = {}, unlearned_messages = 0 }) {
  const counted = Object.entries(deleted).filter(([, count]) => count > 0);
  const words = counted.map(([store, count]) => {
    const [one, many] = NAMES[store] ?? [store.replaceAll("_", " "), store.replaceAll("_", " ")];
    return `${count} ${count === 1 ? one : many}`;
  });
  const unlearnt =
    unlearned_messages === 1
      ? "1 message stays but is never learnt from again: it told of this"
      : `${unlearned_messages} messages stay but are never learnt from again: they told of this`;
  return [...words, ...(unlearned_messages ? [unlearnt] : [])];
}

/** Shows the receipt of a deletion as a passing message. */
export function showReceipt(title, receipt) {
  done(title, receipt ? counts(receipt).join(" · ") : "");
}

/** The receipt of a deletion as a list, to stay on the screen. */
export function receiptList(receipt) {
  return h(
    "ul",
    { class: "receipt" },
    [...counts(receipt ?? {}), ...pending(receipt ?? {}), ...unattested(receipt ?? {})].map((line) => h("li", {}, line)),
  );
}
