/** The kinds of memory in the reader's words. */
export const KINDS = {
  fact: { one: "Fact", many: "Facts", drawing: "fact" },
  preference: { one: "Preference", many: "Preferences", drawing: "preference" },
  event: { one: "Event", many: "Events", drawing: "event" },
  context: { one: "Context", many: "Context", drawing: "context" },
  episode: { one: "Something said", many: "Things said", drawing: "episode" },
};

/** The kinds that somebody can write; an episode is a message itself. */
export const WRITABLE = ["fact", "preference", "event", "context"];
