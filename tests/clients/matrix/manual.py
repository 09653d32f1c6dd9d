"""The lines that instructions.txt tells users of clients to write."""

import re
from textwrap import dedent

from tests.support.server import ROOT


def lines_for(client: str) -> str:
    """What stands below this name in the part about programs."""
    text = (ROOT / "instructions.txt").read_text(encoding="utf-8")
    _, _, part = text.partition("FOR PROGRAMS, with url")
    found = re.search(rf"^ {{4}}{re.escape(client)}\b[^\n]*\n((?: {{6}}[^\n]*\n)+)", part, re.M)
    assert found, f"instructions.txt has no lines for {client}"
    return dedent(found[1])
