import { get, post, query, remove, send } from "./api.js";
import { ChatBar } from "./chat-bar.js";
import { Composer } from "./composer.js";
import { button, fill } from "./dom.js";
import { forgetMessage } from "./forget-message.js";
import { hero, modeNote } from "./hero.js";
import { LearningBoard } from "./learnt.js";
import { stricter } from "./privacy.js";
import { followRun, replay } from "./run.js";
import { state } from "./state.js";
import { Thread } from "./thread.js";
import { attempt, failed } from "./toasts.js";
import { AnswerTurn, userTurn } from "./turn.js";

const PAGE = 50;

/** Shows a chat; without an id one that begins with its first message. */
export async function chatPage(main, { id, signal, menu }) {
  const chat = new Chat(main, signal, menu());
  if (id) await chat.open(id);
  else chat.begin();
}

class Chat {
  #main;
  #signal;
  #session = null;
  #hasKept = false;
  #run = null;
  #unsent = null;
  #bar;
  #thread = new Thread();
  #composer = new Composer({ onSend: (text, tightened) => this.#say(text, tightened), onStop: () => this.#stop() });
  #learning;
  #forget = async (element) => {
    await forgetMessage({ session_id: this.#session.id, message_id: element.dataset.id, element });
    this.#refresh();
  };

  constructor(main, signal, drawerButton) {
    this.#main = main;
    this.#signal = signal;
    this.#bar = new ChatBar(drawerButton);
    this.#learning = new LearningBoard(signal);
    addEventListener("keydown", (event) => this.#onKey(event), { signal });
    signal.addEventListener("abort", () => this.#leave());
    fill(main, this.#bar.element, this.#thread.element, this.#composer.element);
  }

  /** Shows the choice of a mode and some first words. */
  begin() {
    this.#main.dataset.mode = "normal";
    this.#thread.above(
      hero({ onMode: (mode) => this.#chooseMode(mode), onExample: (text) => this.#composer.write(text) }),
    );
    this.#composer.focus();
  }

  /** Shows a session with its latest messages, and an answer that is still being written. */
  async open(id) {
    const [session, page] = await Promise.all([get(`sessions/${id}`, { signal: this.#signal }), this.#messages(id)]);
    state.pick(session.memory_profile_id);
    const spoken = page.data.filter(({ role }) => role !== "system");
    const kept = spoken.filter(({ privacy_mode }) => privacy_mode !== "incognito").length;
    this.#hasKept = kept > 0 || page.next_cursor !== null;
    this.#show(session);
    this.#noteMode();
    const turns = this.#turnsOf(spoken);
    if (this.#notesBelow) turns.splice(kept, 0, modeNote(this.#session));
    this.#thread.add(...turns);
    this.#offerEarlier(id, page.next_cursor);
    this.#composer.focus();
    const resumed = await this.#resume(page.data);
    if (!resumed && !this.#signal.aborted && spoken.at(-1)?.role === "user") this.#noAnswer();
  }

  /** Offers an answer to a message that has none. */
  #noAnswer() {
    const turn = this.#answerTurn();
    turn.failed({ title: "No answer came, or it was deleted." });
    this.#thread.add(turn.element);
  }

  /** Whether the note on the mode stands between the kept messages and those that are not. */
  get #notesBelow() {
    return this.#hasKept && !this.#session.privacy.retain;
  }

  #noteMode() {
    this.#thread.above(this.#notesBelow ? null : modeNote(this.#session));
  }

  #show(answer) {
    const session = (this.#session = { ...answer, hasKept: this.#hasKept });
    this.#main.dataset.mode = session.privacy_mode;
    this.#bar.show(session);
    this.#composer.mode(session.privacy_mode);
  }

  #messages(id, cursor = null) {
    return get(query(`sessions/${id}/messages`, { limit: PAGE, cursor }), { signal: this.#signal });
  }

  #turnsOf(spoken) {
    return spoken.map((message) =>
      message.role === "user"
        ? userTurn(message, this.#session.privacy_mode, this.#forget)
        : this.#answerTurn().past(message).element,
    );
  }

  #answerTurn() {
    return new AnswerTurn({
      onRegenerate: (turn) => this.#again(turn),
      onForget: this.#forget,
      onPending: (job_id, turn) => this.#learning.watch(job_id, { message_ids: turn.message_ids, line: turn.line }),
    });
  }

  #offerEarlier(id, cursor) {
    if (!cursor) return;
    const load = () =>
      attempt(async () => {
        const page = await this.#messages(id, cursor);
        earlier.remove();
        this.#thread.addEarlier(...this.#turnsOf(page.data.filter(({ role }) => role !== "system")));
        this.#offerEarlier(id, page.next_cursor);
      });
    const earlier = button("Show earlier messages", { kind: "ghost", onclick: load });
    this.#thread.addEarlier(earlier);
  }

  /** A chosen incognito session begins at once: what the server says about it stands there before the first word. */
  async #chooseMode(privacy_mode) {
    const before = this.#session;
    this.#main.dataset.mode = privacy_mode;
    this.#composer.mode(privacy_mode);
    this.#session = null;
    if (before) attempt(() => remove(`sessions/${before.id}`));
    this.#composer.focus();
    if (privacy_mode !== "incognito") return this.#main.querySelector(".mode-note")?.remove();
    return attempt(async () => {
      const session = await this.#create(privacy_mode);
      if (this.#main.dataset.mode !== privacy_mode || this.#session) return remove(`sessions/${session.id}`);
      this.#session = session;
      const note = modeNote(session);
      this.#main.querySelector(".hero")?.append(note);
      return note.scrollIntoView({ block: "end" });
    });
  }

  #create(privacy_mode) {
    return post("sessions", { memory_profile_id: state.profile.id, privacy_mode }, { signal: this.#signal });
  }

  /** Sends a message and follows its answer; what could not be sent goes back into the field. */
  async #say(text, tightened) {
    this.#composer.busy(true);
    const turn = this.#answerTurn().awaited();
    turn.asked = { text, tightened };
    let said = null;
    try {
      await this.#ensureSession();
      said = userTurn(
        { content: text, privacy_mode: stricter(this.#session.privacy_mode, tightened ?? "normal") },
        this.#session.privacy_mode,
        this.#forget,
      );
      turn.question = said;
      this.#thread.add(said, turn.element);
      const body = { message: text, ...(tightened && { privacy_mode: tightened }) };
      await this.#follow(this.#request("stream", body, this.#keyFor(text)), turn);
      this.#unsent = null;
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#composer.busy(false);
      if (turn.privacy) return void turn.failed(error);
      said?.remove();
      turn.element.remove();
      this.#composer.write(text);
      failed(error);
    }
  }

  /** The same key for the same text sent again, so that a message that did arrive is not said twice. */
  #keyFor(text) {
    if (this.#unsent?.text !== text) this.#unsent = { text, key: crypto.randomUUID() };
    return this.#unsent.key;
  }

  #request(verb, body, key) {
    const headers = { Accept: "text/event-stream", "Idempotency-Key": key };
    return (signal) => send("POST", `chat/${this.#session.id}/${verb}`, { body, headers, signal });
  }

  async #ensureSession() {
    const begun = this.#session ?? (await this.#create(this.#main.dataset.mode));
    this.#show(begun);
    this.#noteMode();
    if (location.hash !== `#/chat/${begun.id}`) history.replaceState(null, "", `#/chat/${begun.id}`);
  }

  /** Writes an answer anew. A turn that was not kept is said again: the server no longer has it. */
  #again(turn) {
    if (this.#run) return undefined;
    const lost = turn.asked && this.#session.privacy.retain && turn.privacy?.retain !== true;
    return lost ? this.#sayAgain(turn) : this.#regenerate(turn);
  }

  async #regenerate(turn) {
    const { asked } = turn;
    const fresh = this.#answerTurn().awaited();
    fresh.asked = asked;
    turn.element.replaceWith(fresh.element);
    const body = asked?.tightened ? { privacy_mode: asked.tightened } : {};
    try {
      await this.#follow(this.#request("regenerate", body, crypto.randomUUID()), fresh);
    } catch (error) {
      if (this.#signal.aborted) return;
      if (fresh.privacy) return void fresh.failed(error);
      fresh.element.replaceWith(turn.element);
      if (asked && error.type?.endsWith("nothing-to-regenerate")) return void this.#sayAgain(turn);
      failed(error);
    }
  }

  #sayAgain({ element, asked }) {
    element.previousElementSibling?.remove();
    element.remove();
    return this.#say(asked.text, asked.tightened);
  }

  /** Follows a run to its end. The run of a kept turn is noted, so that this tab finds it again after a reload. */
  async #follow(start, turn) {
    const run = { id: null, stopping: false };
    const note = `memorychat.run.${this.#session.id}`;
    this.#run = run;
    this.#composer.busy(true);
    const onEvent = (event) => {
      turn.take(event);
      if (event.type !== "run.started") return;
      run.id = event.run_id;
      if (event.privacy.retain) sessionStorage.setItem(note, run.id);
      if (run.stopping) this.#stop();
    };
    try {
      await followRun(start, { onEvent, onConnection: (lost) => turn.connection(lost), signal: this.#signal });
    } finally {
      this.#run = null;
      if (!this.#signal.aborted) {
        sessionStorage.removeItem(note);
        this.#composer.busy(false);
        if (run.id) this.#refresh();
      }
    }
  }

  /** Takes up the run that this tab was following before a reload, unless its answer is there already; true if it did. */
  async #resume(messages) {
    const run_id = sessionStorage.getItem(`memorychat.run.${this.#session.id}`);
    if (!run_id) return false;
    const turn = this.#answerTurn().awaited();
    const present = new Set(messages.map(({ id }) => id));
    const add = turn.take.bind(turn);
    turn.take = (event) => {
      if (event.type === "run.started" && !present.has(event.message_id)) this.#thread.add(turn.element);
      add(event);
    };
    try {
      await this.#follow(replay(run_id), turn);
      return true;
    } catch {
      turn.element.remove();
      return false;
    }
  }

  /** Shows the title that the session may have got. */
  async #refresh() {
    state.changed("sessions");
    const session = await get(`sessions/${this.#session.id}`, { signal: this.#signal }).catch(() => null);
    if (session && !this.#signal.aborted) this.#show(session);
  }

  #stop() {
    if (!this.#run) return;
    this.#run.stopping = true;
    if (this.#run.id) attempt(() => post(`runs/${this.#run.id}/cancel`));
  }

  #onKey(event) {
    if (event.key === "Escape" && this.#run && !document.querySelector("dialog[open]")) this.#stop();
  }

  /** An incognito session in which nothing was said is ended with its page. */
  #leave() {
    if (this.#session && this.#thread.empty && !this.#session.privacy.retain)
      remove(`sessions/${this.#session.id}`).catch(() => {});
  }
}
