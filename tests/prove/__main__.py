"""Random conversations with a real server, and a search for every word everywhere else.

python -m tests.prove --conversations 10000 [--seed N]
"""

import argparse
import sys
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

from tqdm import tqdm

from tests.prove.proving import prove


def main() -> int:
    """The exit status: 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="prove", description=__doc__.splitlines()[0])
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="of an earlier run, to repeat it")
    parser.add_argument("--shrink", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--quiet", action="store_true", help="without the progress bar")
    given = parser.parse_args()
    seed = SystemRandom().randrange(1 << 32) if given.seed is None else given.seed
    sys.stdout.write(f"{given.conversations} conversations, seed {seed}\n")
    with (
        TemporaryDirectory(prefix="prove-") as folder,
        tqdm(total=given.conversations, unit=" conversations", disable=given.quiet) as bar,
    ):
        proof = prove(
            Path(folder),
            conversations=given.conversations,
            seed=seed,
            shrink=given.shrink,
            on_end=bar.update,
        )
    sys.stdout.write(proof.report())
    return 1 if proof.leak else 0


if __name__ == "__main__":
    sys.exit(main())
