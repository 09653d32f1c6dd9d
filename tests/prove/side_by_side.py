"""Batches of conversations in several processes, until all are done or one has found a leak."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Final

from tests.prove.batches import Batch
from tests.prove.proving import Plan, Proof, prove

END_DEADLINE_S: Final = 60.0


def prove_all(
    batches: Iterable[Batch],
    plan: Plan,
    *,
    workers: int,
    on_end: Callable[[], object] = lambda: None,
    on_proof: Callable[[Proof], object] = lambda _: None,
) -> list[Proof]:
    """What the batches came to, as far as they were done: none is begun after a leak.

    Args:
        batches: in the order in which they are begun.
        plan: how they are held.
        workers: how many at a time, each in a process of its own with a server of its own.
        on_end: called after each conversation.
        on_proof: called after each batch.
    """
    waiting, proofs = deque(batches), list[Proof]()
    with _processes(plan, workers) as idle:
        busy: list[Connection] = []
        while (waiting and not any(proof.leak for proof in proofs)) or busy:
            while waiting and idle and not any(proof.leak for proof in proofs):
                busy.append(idle.pop())
                busy[-1].send(waiting.popleft())
            for one in wait(busy):
                if not isinstance(one, Connection):
                    raise TypeError("something else")
                said = one.recv()
                if said is None:
                    on_end()
                    continue
                proofs.append(said)
                on_proof(said)
                busy.remove(one)
                idle.append(one)
                if said.leak:
                    return proofs
    return proofs


@contextmanager
def _processes(plan: Plan, workers: int) -> Iterator[list[Connection]]:
    """Connections to as many processes, which end with the context, whatever they are doing."""
    context = get_context("spawn")
    pairs = [context.Pipe() for _ in range(workers)]
    processes = [context.Process(target=_work, args=(there, plan)) for _, there in pairs]
    try:
        for process, (_, there) in zip(processes, pairs, strict=True):
            process.start()
            there.close()
        yield [here for here, _ in pairs]
    finally:
        for here, _ in pairs:
            here.close()
        for process in processes:
            process.join(END_DEADLINE_S)
            process.kill()


def _work(orders: Connection, plan: Plan) -> None:
    """Whatever is ordered is done, until nobody is there to order or to hear of it."""
    with suppress(KeyboardInterrupt, EOFError, ConnectionError):
        while True:
            orders.send(prove(orders.recv(), plan, on_end=partial(_tell, orders)))


def _tell(orders: Connection) -> None:
    """One more conversation is done.

    Raises:
        KeyboardInterrupt: nobody wants to know any more; nothing but this ends a search at once.
    """
    try:
        orders.send(None)
    except ConnectionError:
        raise KeyboardInterrupt from None
