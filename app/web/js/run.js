import { send } from "./api.js";
import { wait } from "./dom.js";
import { Problem } from "./problem.js";
import { eventsOf } from "./sse.js";

const TERMINAL = new Set(["run.completed", "run.failed", "run.cancelled"]);
/** The server sends a comment every 15 s; three missing ones mean that the connection is dead. */
const SILENCE_MS = 45_000;
const RECONNECTIONS = 9;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 15_000;

/**
 * The terminal event of a run, after every event went to `onEvent`, over as many connections as that takes.
 *
 * `start` makes the first request; a lost connection is taken up again from the last event seen. `onConnection(lost)`
 * tells when that begins and ends. Throws a Problem when the run cannot be followed to its end.
 */
export async function followRun(start, { onEvent, onConnection, signal }) {
  const seen = { run_id: null, last_id: null };
  let response = await start(signal);
  if (!isStream(response)) return wholeAnswer(await response.json(), onEvent);
  for (;;) {
    const end = await readToEnd(response, seen, { onEvent, signal });
    if (end) return end;
    if (seen.run_id === null) throw new Problem({ title: "The answer broke off before it began" });
    onConnection(true);
    response = await reconnect(seen, signal);
    onConnection(false);
  }
}

/** A request for a run's events from its first one. */
export function replay(run_id) {
  return (signal) => events(run_id, null, signal);
}

async function readToEnd(response, seen, { onEvent, signal }) {
  const silence = new AbortController();
  let timer = 0;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  const body = response.body.pipeThrough(new TransformStream(), { signal: AbortSignal.any([signal, silence.signal]) });
  try {
    heard();
    for await (const { id, data } of eventsOf(body, heard)) {
      seen.last_id = id ?? seen.last_id;
      seen.run_id = data.run_id ?? seen.run_id;
      onEvent(data);
      if (TERMINAL.has(data.type)) return data;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof SyntaxError) throw error;
  } finally {
    clearTimeout(timer);
  }
  return null;
}

async function reconnect(seen, signal) {
  for (let attempt = 0; ; attempt += 1) {
    const pause_ms = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.75 + Math.random() / 2);
    await Promise.race([wait(pause_ms, signal), online(signal)]);
    try {
      return await events(seen.run_id, seen.last_id, signal);
    } catch (problem) {
      const passing = problem.status === 0 || problem.status === 429 || problem.status >= 500;
      if (signal.aborted || !passing || attempt + 1 >= RECONNECTIONS) throw problem;
    }
  }
}

/** Resolves when the network comes back; never, while it is not known to be away. */
function online(signal) {
  return new Promise((resolve) => addEventListener("online", resolve, { once: true, signal }));
}

function events(run_id, last_id, signal) {
  const headers = { Accept: "text/event-stream", ...(last_id && { "Last-Event-ID": last_id }) };
  return send("GET", `runs/${run_id}/events`, { headers, signal });
}

function isStream(response) {
  return (response.headers.get("Content-Type") ?? "").startsWith("text/event-stream");
}

/** An answer that came in one piece (a replayed request), told as the events that it stands for. */
function wholeAnswer(answer, onEvent) {
  const { content, finish_reason, memories_used = [], memory_job_id, privacy } = answer;
  onEvent({ ...answer, type: "run.started" });
  if (memories_used.length) onEvent({ type: "memory.used", memories: memories_used });
  onEvent({ type: "message.completed", message_id: answer.message_id, content, finish_reason });
  if (memory_job_id) onEvent({ type: "memory.pending", job_id: memory_job_id });
  else onEvent({ type: "memory.skipped", reason: privacy.learn ? "nothing_to_save" : "paused" });
  const end = { type: "run.completed" };
  onEvent(end);
  return end;
}
