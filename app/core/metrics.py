from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


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
        self.runs = counter("runs", "Answers that ended.", ("state",))
        self.first_token_seconds = seconds(
            "first_token_seconds", "From the start of a run to the model's first word."
        )
        self.recall_seconds = seconds("recall_seconds", "Reading memories for a turn.")
        self.recall_failures = counter(
            "recall_failures", "Turns that went on without memories, which could not be read."
        )
        self.jobs = counter("learning_jobs", "Attempts at learning that ended.", ("result",))

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
