from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """What operators watch. Labels are operations, states and classes of errors: a fixed, small set."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "memorychat_http_requests",
            "Requests answered.",
            ("operation", "status"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "memorychat_http_request_seconds",
            "From the request's head to the response's head.",
            ("operation",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.runs_active = Gauge(
            "memorychat_runs_active", "Answers being written.", registry=self.registry
        )
        self.runs = Counter(
            "memorychat_runs", "Answers that ended.", ("state",), registry=self.registry
        )
        self.first_token_seconds = Histogram(
            "memorychat_first_token_seconds",
            "From the start of a run to the model's first word.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.recall_seconds = Histogram(
            "memorychat_recall_seconds",
            "Reading memories for a turn.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.recall_failures = Counter(
            "memorychat_recall_failures",
            "Turns that went on without memories because they could not be read.",
            registry=self.registry,
        )
        self.jobs = Counter(
            "memorychat_learning_jobs",
            "Attempts at learning that ended.",
            ("result",),
            registry=self.registry,
        )

    def exposition(self) -> bytes:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry)
