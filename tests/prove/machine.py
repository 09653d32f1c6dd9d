"""Random conversations, and the rules by which they go on."""

from collections.abc import Callable
from typing import ClassVar, Final, cast

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.prove.conversation import Conversation
from tests.prove.deeds import Deeds
from tests.prove.promise import DISPLAY_NAME
from tests.prove.stage import Stage
from tests.prove.story import Told
from tests.prove.turns import MANNERS, Turns

ANY: Final = st.integers(0, 11)
"""Picks one of those that there are."""
MODES: Final = st.sampled_from(["normal", "normal", "pause_memories", "incognito"])
STRICTER: Final = st.sampled_from([None, None, "pause_memories", "incognito"])
LEARNING: Final = st.sampled_from(["auto", "auto", "ask", "off"])
YES_OR_NO: Final = st.booleans()
NOW_AND_THEN: Final = st.sampled_from([False, False, True])
LIVES: Final = st.integers(0, 99)
_SHORT: Final = range(40, 45)
"""Lives of these numbers see the server end once; each end costs a second."""


class Conversations(RuleBasedStateMachine):
    """One conversation: an account that is made, talked to in every way, and deleted."""

    stage: ClassVar[Stage]

    def __init__(self) -> None:
        super().__init__()
        self.it: Conversation = self.stage.begin()
        self.turns = cast(Turns, Told(Turns(self.it), self.it.story))
        self.deeds = cast(Deeds, Told(Deeds(self.it), self.it.story))
        self.mortal = False
        self.life = 0

    @initialize(mode=MODES, life=LIVES)
    def begin(self, mode: str, life: int) -> None:
        self.mortal, self.life = life in _SHORT, life
        others: list[str] = []
        if life % 2:
            self.deeds.open_profile("auto")
            others = self._others(self.profile(0))
            self.deeds.write_memory(others[0])
        self.deeds.open_session(self.profile(0), mode, reads=others, titled=False)
        self.talk(0, "json", repeats=False)

    def teardown(self) -> None:
        self.stage.end(
            self.it,
            self.deeds,
            restart=self.mortal,
            inside=self.life % 8 == 0,
            documents=self.life == 8,
        )

    def profile(self, at: int) -> str:
        return self._one(list(self.it.promise.profiles), at)

    def session(self, at: int) -> str:
        if not self.it.promise.sessions:
            self.deeds.open_session(self.profile(at), "normal", reads=[], titled=False)
        return self._one(list(self.it.promise.sessions), at)

    def do(
        self,
        deed: Callable[[], object],
        *,
        everywhere: bool = False,
        at_memories: bool = True,
    ) -> None:
        """The deed is done, and the promise holds."""
        with self.stage.watching(self.it):
            self.it.begin_step()
            deed()
            if self.stage.settles:
                self.it.settle()
            self.it.look(everywhere=everywhere, at_memories=at_memories)

    @rule(at=ANY, way=st.sampled_from(sorted(MANNERS)), mode=STRICTER, repeats=YES_OR_NO)
    def say(self, at: int, way: str, mode: str | None, *, repeats: bool) -> None:
        session = self.session(at)
        self.do(lambda: self.turns.say(session, way, mode=mode, repeats=repeats))

    @rule(at=ANY, way=st.sampled_from(["json", "stream"]), repeats=YES_OR_NO)
    def talk(self, at: int, way: str, *, repeats: bool) -> None:
        session = self.session(at)
        self.do(lambda: self.turns.say(session, way, mode=None, repeats=repeats))

    @rule(at=ANY, mode=STRICTER, repeats=YES_OR_NO)
    def regenerate(self, at: int, mode: str | None, *, repeats: bool) -> None:
        session = self.session(at)
        self.do(lambda: self.turns.regenerate(session, mode=mode, repeats=repeats))

    @rule(
        at=ANY,
        by=st.sampled_from(["mode", "message", "messages", "session", "learning"]),
        mode=STRICTER,
        to=MODES,
        repeats=YES_OR_NO,
    )
    def interrupt(self, at: int, by: str, mode: str | None, to: str, *, repeats: bool) -> None:
        session = self.session(at)
        profile = self.it.promise.sessions[session].profile
        deeds: dict[str, Callable[[], None]] = {
            "mode": lambda: self.deeds.turn(session, to),
            "message": lambda: self.deeds.forget_message(session, -1),
            "messages": lambda: self.deeds.forget_messages(session),
            "session": lambda: self.deeds.forget_session(session),
            "learning": lambda: self.deeds.change_learning(profile, "off"),
        }
        self.do(
            lambda: self.turns.interrupt(session, deeds[by], mode=mode, repeats=repeats),
            everywhere=True,
        )

    @precondition(lambda self: self.mortal)
    @rule(kill=YES_OR_NO)
    def end_process(self, *, kill: bool) -> None:
        self.mortal = False
        self.do(lambda: self.it.restart(kill=kill), everywhere=True)

    @precondition(lambda self: self.mortal)
    @rule(at=ANY, mode=STRICTER)
    def kill_in_a_turn(self, at: int, mode: str | None) -> None:
        self.mortal, session = False, self.session(at)
        kill = lambda: self.it.restart(kill=True)  # noqa: E731 - a deed as any other
        self.do(
            lambda: self.turns.interrupt(session, kill, mode=mode, repeats=True), everywhere=True
        )

    @rule(at=ANY, mode=MODES, titled=YES_OR_NO, reads=YES_OR_NO)
    def open_session(self, at: int, mode: str, *, titled: bool, reads: bool) -> None:
        profile = self.profile(at)
        others = self._others(profile) if reads else []
        self.do(lambda: self.deeds.open_session(profile, mode, reads=others, titled=titled))

    @rule(at=ANY, mode=MODES)
    def change_mode(self, at: int, mode: str) -> None:
        session = self.session(at)
        self.do(lambda: self.deeds.turn(session, mode), everywhere=True, at_memories=False)

    @rule(at=ANY, learning=LEARNING, opens=YES_OR_NO)
    def change_profiles(self, at: int, learning: str, *, opens: bool) -> None:
        if opens and len(self.it.promise.profiles) < 3:
            self.do(lambda: self.deeds.open_profile(learning))
        else:
            self.do(lambda: self.deeds.change_learning(self.profile(at), learning))

    @rule(at=ANY, what=st.sampled_from(["name", "description", "persona", DISPLAY_NAME]))
    def rename(self, at: int, what: str) -> None:
        self.do(lambda: self.deeds.rename(self.profile(at), what))

    @rule(at=ANY, repeats=YES_OR_NO)
    def overhear(self, at: int, *, repeats: bool) -> None:
        """What was said on another profile, where nothing was learnt from it, is read and repeated."""
        profile = self.profile(at)

        def overhear() -> None:
            if not self._others(profile):
                self.deeds.open_profile("auto")
            there = self._others(profile)[0]
            self.turns.mention(self._new_session(there, reads=[]))
            self.it.begin_step()
            here = self._new_session(profile, reads=[there])
            self.turns.say(here, "json", mode=None, repeats=repeats)

        self.do(overhear)

    @rule(at=ANY, what=st.sampled_from(["title", "past", "summary", "blunder", "reads"]))
    def change_session(self, at: int, what: str) -> None:
        session = self.session(at)
        others = self._others(self.it.promise.sessions[session].profile)
        deeds: dict[str, Callable[[], None]] = {
            "title": lambda: self.deeds.retitle(session),
            "past": lambda: self.deeds.bring(session),
            "summary": lambda: self.deeds.summarise(session),
            "blunder": lambda: self.deeds.blunder(session),
            "reads": lambda: self.deeds.read_others(session, others),
        }
        self.do(deeds[what])

    @rule(at=ANY, to=ANY, what=st.sampled_from(["write", "edit", "approve", "reject"]))
    def change_memory(self, at: int, to: int, what: str) -> None:
        deeds: dict[str, Callable[[], None]] = {
            "write": lambda: self.deeds.write_memory(self.profile(to)),
            "edit": lambda: self.deeds.edit_memory(at),
            "approve": lambda: self.deeds.review(at, approve=True),
            "reject": lambda: self.deeds.review(at, approve=False),
        }
        self.do(deeds[what])

    @rule(at=ANY, to=ANY, how=st.sampled_from(["move", "copy", "merge"]))
    def bring_elsewhere(self, at: int, to: int, how: str) -> None:
        deeds: dict[str, Callable[[], None]] = {
            "move": lambda: self.deeds.move_memory(at, self.profile(to)),
            "copy": lambda: self.deeds.copy_profile(self.profile(at), self.profile(to)),
            "merge": lambda: self.deeds.merge_profiles(self.profile(at), self.profile(to)),
        }
        self.do(deeds[how])

    @rule(at=ANY, within=ANY, what=st.sampled_from(["memory", "message"]), waits=NOW_AND_THEN)
    def forget_one(self, at: int, within: int, what: str, *, waits: bool) -> None:
        deeds: dict[str, Callable[[], None]] = {
            "memory": lambda: self.deeds.forget_memory(at),
            "message": lambda: self.deeds.forget_message(self.session(at), within),
        }
        self._forget(deeds[what], waits=waits)

    @rule(
        at=ANY,
        what=st.sampled_from(["messages", "session", "memories", "profile"]),
        waits=NOW_AND_THEN,
    )
    def forget_much(self, at: int, what: str, *, waits: bool) -> None:
        deeds: dict[str, Callable[[], None]] = {
            "messages": lambda: self.deeds.forget_messages(self.session(at)),
            "session": lambda: self.deeds.forget_session(self.session(at)),
            "memories": lambda: self.deeds.forget_memories(self.profile(at)),
            "profile": lambda: self.deeds.forget_profile(self.profile(at)),
        }
        self._forget(deeds[what], waits=waits)

    @rule(at=ANY, whole=YES_OR_NO)
    def hand_over(self, at: int, *, whole: bool) -> None:
        self.do(lambda: self.deeds.hand_over(None if whole else self.profile(at)))

    def _forget(self, deed: Callable[[], None], *, waits: bool) -> None:
        """It is gone; with its bytes, and from the next export, when that is waited for."""

        def forget() -> None:
            deed()
            if waits:
                self.it.wipe()
                self.it.export()

        self.do(forget, everywhere=True)

    def _new_session(self, profile: str, *, reads: list[str]) -> str:
        return self.deeds.open_session(profile, "normal", reads=reads, titled=False)

    def _others(self, profile: str) -> list[str]:
        return [one for one in self.it.promise.profiles if one != profile]

    @staticmethod
    def _one(some: list[str], at: int) -> str:
        return some[at % len(some)]
