"""All figures, and the page about them: `python -m bench [--quick] [--out FOLDER] [--only NAME …]`.

Each is measured in a process of its own, so that none meets what another left behind. Those that were
not measured this time stay on the page as they were.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from bench.rig.report import FOLDER, arguments, write_page
from bench.server import ROOT

FIGURES: Final = (
    "first_token",
    "relaying",
    "turns",
    "recalling",
    "learning",
    "starting",
    "crowds",
    "growth",
)


def main() -> int:
    """The exit status: 1 when a figure could not be measured, whatever the others say."""
    parser = arguments()
    parser.add_argument("--only", nargs="+", choices=FIGURES, default=FIGURES)
    given = parser.parse_args()
    out: Path = (given.out or FOLDER).absolute()
    options = [option for option in ("quick", "huge") if getattr(given, option)]
    failed = [name for name in given.only if not _measured(name, out, options)]
    write_page(out, FIGURES)
    for name in failed:
        sys.stderr.write(f"{name} could not be measured\n")
    return 1 if failed else 0


def _measured(name: str, out: Path, options: list[str]) -> bool:
    started_s = time.monotonic()
    command = [sys.executable, "-m", f"bench.{name}", *(f"--{one}" for one in options)]
    ended = subprocess.run(  # noqa: S603 - our own program
        [*command, "--out", str(out)], cwd=ROOT, check=False
    )
    sys.stdout.write(f"  {name}: {time.monotonic() - started_s:.0f} s\n")
    sys.stdout.flush()
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
