"""Random conversations with a real server, and a search for every word everywhere else.

python -m tests.prove --conversations 10000 [--seed N]
"""

import argparse
import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory

from tqdm import tqdm

from tests.prove.batches import batches
from tests.prove.proving import Plan, Proof, together
from tests.prove.side_by_side import prove_all
from tests.prove.world import in_memory


def main() -> int:
    """The exit status: 0 when nothing was found in as many conversations as were asked for."""
    given = _arguments()
    for how in (signal.SIGINT, signal.SIGTERM):
        signal.signal(how, _end)
    seed = SystemRandom().randrange(1 << 32) if given.seed is None else given.seed
    sys.stdout.write(f"{given.conversations} conversations, seed {seed}\n")
    sys.stdout.flush()
    wanted = [
        batch
        for batch in batches(given.conversations, seed=seed)
        if given.batch in {None, batch.number} and batch.number >= given.begin
    ]
    done: list[Proof] = []
    with (
        TemporaryDirectory(prefix="prove-", dir=in_memory()) as folder,
        tqdm(
            total=sum(batch.conversations for batch in wanted),
            unit=" conversations",
            disable=given.quiet,
            mininterval=0.2 if sys.stderr.isatty() else 30,
        ) as bar,
        suppress(KeyboardInterrupt),  # and then tells what it came to so far
    ):
        prove_all(
            wanted,
            Plan(Path(folder), shrink=given.shrink, encrypted=given.encrypted),
            workers=min(given.workers, len(wanted)),
            on_end=bar.update,
            on_proof=partial(_note, done),
        )
    proof = together(done)
    sys.stdout.write(f"Seed {seed}: {proof.report()}")
    return 1 if proof.leak or len(done) < len(wanted) else 0


def _note(done: list[Proof], proof: Proof) -> None:
    """A batch is done, and need not be repeated after an interruption."""
    done.append(proof)
    if not proof.leak:
        sys.stdout.write(
            f"Batch {proof.batch}: {proof.conversations} conversations, nothing found\n"
        )
        sys.stdout.flush()


def _end(how: int, _: object) -> None:
    """Whatever is under way ends, and what it came to so far is told.

    Raises:
        KeyboardInterrupt: always.
    """
    sys.stdout.write(f"\nEnded by {signal.Signals(how).name}\n")
    raise KeyboardInterrupt


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="prove", description=__doc__.splitlines()[0])
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None, help="of an earlier run, to repeat it")
    parser.add_argument("--batch", type=int, default=None, help="only this one of that run")
    parser.add_argument(
        "--begin", type=int, default=1, help="with this batch, after an interruption"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--encrypted", action="store_true", help="with encrypted words")
    parser.add_argument("--shrink", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--quiet", action="store_true", help="without the progress bar")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
