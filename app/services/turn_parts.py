"""The ports that a turn goes through, as its policy permits."""

from dataclasses import dataclass

from app.core.privacy import PrivacyPolicy
from app.ports.transcript import Transcript
from app.services.turn_memory import TurnMemory


@dataclass(frozen=True, slots=True)
class TurnParts:
    """The same ports for every turn, with the half that its policy forbids blank."""

    transcript: Transcript
    memory: TurnMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitutions:
    """The parts for turns that may, and for turns that may not."""

    kept: Transcript
    unkept: Transcript
    remembering: TurnMemory
    blank: TurnMemory

    def under(self, policy: PrivacyPolicy) -> TurnParts:
        """The parts that a policy permits."""
        return TurnParts(
            transcript=self.kept if policy.retain else self.unkept,
            memory=self.remembering if policy.recall else self.blank,
        )
