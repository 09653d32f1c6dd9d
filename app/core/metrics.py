from collections.abc import Iterable
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

from app.models.backlog import Backlog

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class _Waiting(Collector):
    """What waits in the background, as it was seen last; nothing at all while that is not known."""

    def __init__(self) -> None:
        self.seen: Backlog | None = None

    def describe(self) -> Iterable[Metric]:
        """Nothing: what is shown comes and goes."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The gauges."""
        if (seen := self.seen) is None:
            return
        yield GaugeMetricFamily(
            "memorychat_jobs_waiting", "Learning jobs that are not done.", seen.jobs_waiting
        )
        yield GaugeMetricFamily(
            "memorychat_jobs_dead", "Learning jobs that failed for good.", seen.jobs_dead
        )
        yield GaugeMetricFamily(
            "memorychat_index_changes_waiting",
            "Changes that the index does not follow yet.",
            seen.index_changes_waiting,
        )
        alive = GaugeMetricFamily(
            "memorychat_processes_alive", "Processes on this database.", labels=("role",)
        )
        for role, count in seen.processes_alive.items():
            alive.add_metric([role], count)
        yield alive


class Metrics:
    """What operators watch. Labels are operations, states and classes of errors: a fixed, small set."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter = partial(Counter, namespace="memorychat", registry=self.registry)
        gauge = partial(Gauge, namespace="memorychat", registry=self.registry)
        seconds = partial(
            Histogram, namespace="memorychat", registry=self.registry, buckets=_SECONDS
        )
        self.requests = counter("http_requests", "Requests answered.", ("operation", "status"))
        self.request_seconds = seconds(
            "http_request_seconds", "From a request's head to its response's.", ("operation",)
        )
        self.runs_active = gauge("runs_active", "Answers being written.")
        self.sockets_open = gauge("sockets_open", "WebSockets that are open.")
        self.runs = counter("runs", "Answers that ended.", ("state",))
        self.first_token_seconds = seconds(
            "first_token_seconds", "From the start of a run to the model's first word."
        )
        self.recall_seconds = seconds("recall_seconds", "Reading memories for a turn.")
        self.recall_failures = counter(
            "recall_failures", "Turns that went on without memories, which could not be read."
        )
        self._waiting = _Waiting()
        self.registry.register(self._waiting)
        self.jobs = counter("learning_jobs", "Attempts at learning that ended.", ("result",))

    def show(self, backlog: Backlog | None) -> None:
        """What waits is this from now on; None when that is not known."""
        self._waiting.seen = backlog

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
