const DAY_MS = 86_400_000;

/** The moment inside a UUIDv7, null for any other id. */
export function dateOfId(id) {
  const hex = String(id).replaceAll("-", "");
  return /^[0-9a-f]{12}7[0-9a-f]{19}$/i.test(hex) ? new Date(parseInt(hex.slice(0, 12), 16)) : null;
}

/** “12 May 2026” in the reader's language; nothing for no date. */
export function day(date) {
  return date ? new Date(date).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" }) : "";
}

/** Day and time in the reader's language. */
export function moment(date) {
  return new Date(date).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** The heading under which something of this date is listed. */
export function age(date) {
  const midnight = new Date().setHours(0, 0, 0, 0);
  const time = new Date(date).getTime();
  if (time >= midnight) return "Today";
  if (time >= midnight - DAY_MS) return "Yesterday";
  return time >= midnight - 7 * DAY_MS ? "This week" : "Earlier";
}
