"""Does the search bite? Each rule is broken by hand in a copy of the program, and has to be caught.

python -m tests.prove.bites [--conversations 250] [--seed N] [NAME ...]
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.prove import searching
from tests.support.server import ROOT, inherited


@dataclass(frozen=True, slots=True)
class Edit:
    """A line of the program that becomes another one."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bite:
    """The program, changed so that it breaks a rule."""

    name: str
    edits: tuple[Edit, ...]
    breaks: tuple[str, ...]
    """What may catch it."""


BITES: Final = (
    Bite(
        name="a message is logged",
        edits=(
            Edit(
                "services/chat_service.py",
                "            return self._intended(tx, self._desk.open(tx, request, text, past=past))\n",
                '            __import__("logging").getLogger(__name__).info("said", extra={"text": text})\n'
                "            return self._intended(tx, self._desk.open(tx, request, text, past=past))\n",
            ),
        ),
        breaks=(searching.WORDLESS,),
    ),
    Bite(
        name="a paused turn is learnt from",
        edits=(
            Edit(
                "core/privacy.py",
                "PrivacyPolicy(recall=True, learn=False, retain=True)",
                "PrivacyPolicy(recall=True, learn=True, retain=True)",
            ),
        ),
        breaks=(searching.PAUSED,),
    ),
    Bite(
        name="an answer that repeats a paused turn is learnt from",
        edits=(
            Edit(
                "services/turns.py",
                "    if tx.messages.unlearnable(messages, owner=owner):\n        return False\n",
                "    tx.messages.unlearnable(messages, owner=owner)\n",
            ),
        ),
        breaks=(searching.PAUSED, searching.FORGOTTEN),
    ),
    Bite(
        name="an incognito turn is a row",
        edits=(
            Edit(
                "services/turn_parts.py",
                "transcript=self.kept if policy.retain else self.unkept",
                "transcript=self.kept",
            ),
        ),
        breaks=(searching.INCOGNITO,),
    ),
    Bite(
        name="an incognito turn is in a later prompt",
        edits=(
            Edit(
                "services/turns.py",
                "        earlier = parts.transcript.recent(tx, session, limit=self._sight)\n",
                "        earlier = [\n"
                "            *self._parts.unkept.recent(tx, session, limit=self._sight),\n"
                "            *parts.transcript.recent(tx, session, limit=self._sight),\n"
                "        ]\n",
            ),
        ),
        breaks=(searching.CONTEXT,),
    ),
    Bite(
        name="an incognito turn outlives the mode",
        edits=(
            Edit(
                "services/process_memory.py",
                "        for session_id in gone.unkept_of:\n"
                '            counts["incognito_messages"] +='
                " self._incognito.forget(session_id, owner=owner)\n",
                "        for session_id in gone.unkept_of:\n",
            ),
        ),
        breaks=(searching.INCOGNITO, searching.CONTEXT),
    ),
    Bite(
        name="the index is skipped on delete",
        edits=(
            Edit(
                "services/erasing.py",
                "    for ids, is_episode in ((memories, False), (episodes, True)):\n",
                "    for ids, is_episode in ():\n",
            ),
        ),
        breaks=(searching.FORGOTTEN,),
    ),
    Bite(
        name="deleted bytes stay in the database",
        edits=(
            Edit("services/forgetting.py", "        await self._database.scrub()\n", ""),
            Edit("services/wiping.py", "return await self._database.wipe()\n", "return True\n"),
        ),
        breaks=(searching.FORGOTTEN,),
    ),
    Bite(
        name="deleted bytes stay in the index",
        edits=(
            Edit(
                "services/wiping.py",
                "                await self._index.wipe()\n                return True\n",
                "                return True\n",
            ),
        ),
        breaks=(searching.FORGOTTEN,),
    ),
    Bite(
        name="nothing is owed for a name that was replaced",
        edits=(Edit("services/profiles.py", "if changes.keys() & _WORDS:", "if False:"),),
        breaks=(searching.FORGOTTEN,),
    ),
    Bite(
        name="a deleted message stays in its run's buffer",
        edits=(
            Edit(
                "services/process_memory.py",
                "runs=self._runs.forget(gone.ids, owner=owner)",
                "runs=0",
            ),
        ),
        breaks=(searching.FORGOTTEN,),
    ),
    Bite(
        name="an answer keeps the memory of another profile",
        edits=(
            Edit(
                "services/turns.py",
                "    if is_abroad or not turn.privacy.policy.learn",
                "    if not turn.privacy.policy.learn",
            ),
        ),
        breaks=(searching.APART, searching.FORGOTTEN),
    ),
    Bite(
        name="somebody else is told that the server runs",
        edits=(
            Edit(
                "core/running.py",
                "    await _recover(container)\n",
                "    await _recover(container)\n"
                '    __import__("socket").socket(2, 2).connect(("127.0.0.1", 9))\n',
            ),
        ),
        breaks=(searching.CONTACTS,),
    ),
)

_PROVE: Final = (sys.executable, "-m", "tests.prove", "--no-shrink", "--quiet", "--workers=1")
_COPIED: Final = ("app", "bench", "tests", "main.py")
_CAUGHT: Final = re.compile(r"^CAUGHT (?P<broken>.+?): ", re.MULTILINE)
_AFTER: Final = re.compile(r"^Seed \d+: (?P<conversations>\d+) conversations", re.MULTILINE)


def bitten(bite: Bite, *, conversations: int, seed: int) -> tuple[str, int]:
    """What caught the broken program, and after how many conversations; empty when nothing did."""
    with TemporaryDirectory(prefix="bite-") as folder:
        copy = Path(folder)
        for name in _COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=_left_out)
            else:
                shutil.copy(source, copy / name)
        (copy / "app" / "assets").symlink_to(ROOT / "app" / "assets")
        for edit in bite.edits:
            _break(copy / "app" / edit.file, edit, bite.name)
        told = subprocess.run(  # noqa: S603 - our own program
            [*_PROVE, "--conversations", str(conversations), "--seed", str(seed)],
            cwd=copy,
            env={**inherited(), "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
            check=False,
        ).stdout
    caught, after = _CAUGHT.search(told), _AFTER.search(told)
    if after is None or ("Traceback" in told and not caught):
        raise RuntimeError(f"{bite.name}: ended otherwise\n{told[-4000:]}")
    return (caught["broken"] if caught else "", int(after["conversations"]))


def _left_out(folder: str, names: Sequence[str]) -> set[str]:
    at_top = Path(folder) == ROOT / "app"
    return {name for name in names if name == "__pycache__" or (at_top and name == "assets")}


def _break(file: Path, edit: Edit, name: str) -> None:
    text = file.read_text(encoding="utf-8")
    if text.count(edit.old) != 1:
        raise RuntimeError(f"{name}: {edit.file} has changed; change the bite with it")
    file.write_text(text.replace(edit.old, edit.new), encoding="utf-8")


def main() -> int:
    """The exit status: 0 when every broken rule was caught by what is there to catch it."""
    parser = argparse.ArgumentParser(prog="bites", description=__doc__.splitlines()[0])
    parser.add_argument("--conversations", type=int, default=250, help="at most, for each")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("names", nargs="*", help="words of those to try; all unless given")
    given = parser.parse_args()
    missed = 0
    for bite in BITES:
        if given.names and not any(name in bite.name for name in given.names):
            continue
        caught, after = bitten(bite, conversations=given.conversations, seed=given.seed)
        missed += caught not in bite.breaks
        by = f"“{caught}”, conversation {after}" if caught else f"nothing in {after} conversations"
        sys.stdout.write(f"{bite.name}: caught by {by}\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
