"""What else somebody does: sessions, profiles and memories changed, deleted, exported, looked at."""

from contextlib import suppress
from typing import Any

import httpx

from tests.prove.conversation import QUESTION, Conversation
from tests.prove.facts import Session
from tests.prove.promise import ACCOUNT, DISPLAY_NAME
from tests.support.person import Person


class Deeds:
    """Everything but turns. Each leaves the promise as it has to be afterwards."""

    def __init__(self, conversation: Conversation) -> None:
        self._it = conversation
        self._ada = conversation.ada
        self._promise = conversation.promise

    def open_session(self, profile: str, mode: str, *, reads: list[str], titled: bool) -> str:
        body = {
            "memory_profile_id": profile,
            "privacy_mode": mode,
            "reads_memory_profile_ids": reads,
        }
        word = self._it.fresh()
        if titled:
            body["title"] = f"About {word}"
        session = str(self._ada.post("/sessions", body)["id"])
        self._promise.sessions[session] = Session(profile, mode, frozenset(reads))
        if titled:
            self._promise.entitles(session, word)
        return session

    def open_profile(self, learning: str) -> None:
        """A profile that is somebody."""
        name, biography = self._it.fresh_name(), self._it.fresh_name()
        body = {
            "name": f"Profile {name}",
            "learning": learning,
            "persona": {"biography": f"Born in {biography}."},
        }
        profile = str(self._ada.post("/memory-profiles", body)["id"])
        self._promise.profiles[profile] = learning
        self._promise.calls(profile, name, what="name")
        self._promise.calls(profile, biography, what="persona")

    def rename(self, profile: str, what: str) -> None:
        """The profile, or with the display name the account, is called otherwise."""
        word = self._it.fresh_name()
        path, owner = f"/memory-profiles/{profile}", profile
        change: dict[str, object] = {what: f"Of {word}"}
        if what == "persona":
            change = {what: {"name": f"Mr {word}", "instructions": f"Speak as {word} does."}}
        elif what == DISPLAY_NAME:
            path, owner = "/me", ACCOUNT
        self._ada.patch(path, change)
        self._promise.calls(owner, word, what=what)

    def turn(self, session: str, mode: str) -> None:
        """Another mode."""
        self._ada.patch(f"/sessions/{session}", {"privacy_mode": mode})
        self._promise.turns(session, mode)

    def retitle(self, session: str) -> None:
        word = self._it.fresh()
        self._ada.patch(f"/sessions/{session}", {"title": f"On {word}"})
        self._promise.entitles(session, word)

    def read_others(self, session: str, reads: list[str]) -> None:
        self._ada.patch(f"/sessions/{session}", {"reads_memory_profile_ids": reads})
        self._promise.sessions[session].reads = frozenset(reads)

    def change_learning(self, profile: str, learning: str) -> None:
        self._ada.patch(f"/memory-profiles/{profile}", {"learning": learning})
        self._promise.profiles[profile] = learning

    def bring(self, session: str) -> None:
        """Past messages."""
        policy, told = self._promise.policy(session), []
        for role in ("user", "assistant"):
            word = self._it.fresh()
            self._promise.says(
                session, word, policy, origin=f"a past {role}", is_answer=role == "assistant"
            )
            told.append({"role": role, "content": f"I liked {word}."})
        self._ada.post(f"/sessions/{session}/messages", {"messages": told})

    def summarise(self, session: str) -> None:
        allowed = self._promise.in_transcript(session)
        answer = self._ada.http.get(f"/api/v1/sessions/{session}/summary")
        self._it.search.text("GET summary", answer.content, allowed, self._promise)
        self._it.listen(allowed=allowed)

    def blunder(self, session: str) -> None:
        """Words that are refused, or only asked about."""
        http, promise = self._ada.http, self._promise
        words = [self._it.fresh() for _ in range(5)]
        for word in words:
            promise.utters(word, "refused, or asked about")
        raw = {"Content-Type": "application/json"}
        unclosed = f'{{"message": "{words[0]}'
        http.post(f"/api/v1/chat/{session}", content=unclosed, headers=raw)
        http.post(f"/api/v1/chat/{session}", json={"message": "Hello.", "privacy_mode": words[1]})
        http.get(f"/api/v1/{words[2]}", params={"q": words[2]})
        http.get("/api/v1/sessions", params={"q": words[3]})
        profile = promise.sessions[session].profile
        for verb, body in (
            ("search", {"query": f"{QUESTION} {words[4]}"}),
            ("preview", {"message": f"{QUESTION} {words[4]}", "session_id": session}),
        ):
            path = f"/api/v1/memory-profiles/{profile}/memories/{verb}"
            http.post(path, json=body).raise_for_status()

    def write_memory(self, profile: str) -> None:
        word = self._it.fresh()
        body = {"content": f"User likes {word}.", "kind": "preference"}
        memory = self._ada.post(f"/memory-profiles/{profile}/memories", body)["id"]
        self._promise.notes(memory, profile, word)

    def edit_memory(self, at: int) -> None:
        for profile, memory in self._pick(at):
            word = self._it.fresh()
            self._promise.notes(memory["id"], profile, word)
            self._ada.patch(f"/memories/{memory['id']}", {"content": f"User loves {word}."})

    def review(self, at: int, *, approve: bool) -> None:
        for profile, memory in self._pick(at):
            self._ada.post(f"/memories/{memory['id']}/{'approve' if approve else 'reject'}")
            if approve:
                self._promise.arrives(self._it.words_of(memory["content"]), profile)

    def move_memory(self, at: int, to: str) -> None:
        for profile, memory in self._pick(at):
            if profile != to:
                body = {"memory_ids": [memory["id"]], "to_profile_id": to}
                words = self._all_words_of(memory["id"])
                self._ada.post(f"/memory-profiles/{profile}/memories/move", body)
                for word in words:
                    notes = self._promise.words[word].notes
                    notes.update({memory["id"]: to} if memory["id"] in notes else {})
                self._arrive(words, profile, to)

    def copy_profile(self, profile: str, to: str) -> None:
        if profile == to:
            return
        known = [one for one in self._it.memories()[profile] if one["status"] == "active"]
        self._ada.post(f"/memory-profiles/{profile}/copy", {"target_profile_id": to})
        for one in known:
            self._promise.arrives(self._it.words_of(one["content"]), to)
        for one in self._ada.memories(to):
            if not one["source_message_ids"]:
                for word in self._it.words_of(one["content"]):
                    self._promise.notes(one["id"], to, word)

    def merge_profiles(self, profile: str, into: str) -> None:
        if profile != into:
            self._ada.post(f"/memory-profiles/{into}/merge", {"from_profile_id": profile})
            self._promise.merges(profile, into=into)

    def forget_memory(self, at: int) -> None:
        for _, memory in self._pick(at):
            words = self._all_words_of(memory["id"])[:1]
            self._ada.delete(f"/memories/{memory['id']}")
            for word in self._promise.words.values():
                word.notes.pop(memory["id"], None)
            self._promise.forgets_memory(words, self._it.remaining())

    def forget_memories(self, profile: str) -> None:
        self._it.settle()
        self._ada.delete(f"/memory-profiles/{profile}/memories")
        self._promise.forgets_memories(profile, self._it.remaining())

    def forget_message(self, session: str, at: int) -> None:
        messages = self._ada.messages(session)
        if messages:
            message = messages[at % len(messages)]
            self._ada.delete(f"/sessions/{session}/messages/{message['id']}")
            self._promise.forgets_messages(self._it.words_of(message["content"])[:1])

    def forget_messages(self, session: str) -> None:
        self._ada.delete(f"/sessions/{session}/messages")
        self._promise.forgets_messages(self._promise.said_in(session))

    def forget_session(self, session: str) -> None:
        self._ada.delete(f"/sessions/{session}")
        self._promise.forgets_session(session)

    def forget_profile(self, profile: str) -> None:
        self._it.settle()
        answer = self._ada.http.delete(f"/api/v1/memory-profiles/{profile}")
        if answer.status_code == httpx.codes.OK:  # and not the last one
            self._promise.profiles.pop(profile)
            self._promise.forgets_profile(profile, self._it.remaining())

    def forget_account(self) -> None:
        self._ada.delete("/me")
        self._promise.forgets_everything()

    def hand_over(self, profile: str | None) -> None:
        """What one account exports, another one imports, learns, and forgets with everything."""
        exported = self._ada.exported(profile)
        alive, found = self._promise.alive(), self._promise.on_profiles(self._promise.profiles)
        self._it.search.text("export", exported, alive, self._promise)
        with Person(self._it.world, "eve") as eve:
            eve.imported(eve.default_profile() if profile else None, exported)
            for one in eve.get("/memory-profiles")["data"]:
                eve.settle(one["id"])
                path = f"/memory-profiles/{one['id']}/memories/search"
                answer = str(eve.post(path, {"query": QUESTION, "limit": 100}))
                self._it.search.text("GET search", answer, found, self._promise)
            self._it.search.text("export", eve.exported(), alive, self._promise)
            eve.delete("/me")

    def _pick(self, at: int) -> list[tuple[str, Any]]:
        """One memory with its profile; none when there is none."""
        known = [(profile, one) for profile, some in self._it.memories().items() for one in some]
        return [known[at % len(known)]] if known else []

    def _all_words_of(self, memory: str) -> list[str]:
        """The words that it says, or said once; that of its message first."""
        history = self._ada.get(f"/memories/{memory}/history")["data"]
        return [word for one in history for word in self._it.words_of(one["content"])]

    def _arrive(self, words: list[str], profile: str, to: str) -> None:
        for word in words:
            with suppress(KeyError):
                one = self._promise.words[word]
                one.learnt_on |= {to}
                one.found_on |= {to} if profile in one.found_on else set()
