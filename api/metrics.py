"""Counters and gauges for Prometheus: what was asked and answered, how long each stage took."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from rag import __version__
from rag.errors import DatelineError
from rag.spending import shown

if TYPE_CHECKING:
    from api.service import Service
    from api.waiting import WaitingRoom
    from rag.types import Answer

# From a cached answer to one that a language model writes.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one app, in a registry of its own."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "dateline_requests", "Requests by route and status.", ["method", "route", "status"],
            registry=self.registry,
        )  # fmt: skip
        self._request_seconds = Histogram(
            "dateline_request_seconds", "Time from a request's head to its response's end.",
            ["route"], buckets=SECONDS, registry=self.registry,
        )  # fmt: skip
        self._stage_seconds = Histogram(
            "dateline_stage_seconds", "Time of each stage of an answer; `cached` took none.",
            ["stage"], buckets=SECONDS, registry=self.registry,
        )  # fmt: skip
        self._answers = Counter(
            "dateline_answers", "Answers by reason; `answered` did not abstain.", ["reason"],
            registry=self.registry,
        )  # fmt: skip
        self._dropped = Counter(
            "dateline_dropped_sentences", "Sentences that failed verification.", ["reason"],
            registry=self.registry,
        )  # fmt: skip
        self._degraded = Counter(
            "dateline_degraded_answers", "Answers that a language model should have written.",
            registry=self.registry,
        )  # fmt: skip
        self._cached = Counter(
            "dateline_cached_answers", "Answers from memory.", registry=self.registry
        )
        self.rooms: dict[str, WaitingRoom] = {}
        self.registry.register(_Gauges(service, self.rooms))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is the template, so that ids make no series of their own."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def answer(self, answer: Answer) -> None:
        """Count an answer."""
        self._answers.labels(answer.reason or "answered").inc()
        for item in answer.dropped:
            self._dropped.labels(item.reason).inc()
        if answer.degraded:
            self._degraded.inc()
        if "cached" in answer.timings:
            self._cached.inc()
        for stage, spent in answer.timings.items():
            self._stage_seconds.labels(stage).observe(spent / 1000)

    def text(self) -> bytes:
        """Return all of them in Prometheus' text format."""
        return generate_latest(self.registry)


class _Gauges(Collector):
    """What is read when somebody asks."""

    def __init__(self, service: Service, rooms: dict[str, WaitingRoom]) -> None:
        self._service = service
        self._rooms = rooms

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Read what is there; what cannot be read is left out, and `dateline_up` says so."""
        info = GaugeMetricFamily("dateline_info", "The version.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        work = GaugeMetricFamily(
            "dateline_queue", "Requests that work or wait.", labels=["room", "state"]
        )
        for name, room in self._rooms.items():
            for state, count in zip(("working", "waiting"), room.busy, strict=True):
                work.add_metric([name, state], count)
        yield work
        up = 0.0
        try:
            found = list(self._collection())
            up = 1.0
        except DatelineError:
            found = []
        yield GaugeMetricFamily("dateline_up", "1 while the collection can be read.", value=up)
        yield from found

    def _collection(self) -> Iterable[GaugeMetricFamily]:
        dateline = self._service.dateline
        for name, count in dateline.catalogue.counts().items():
            yield GaugeMetricFamily(f"dateline_{name}", f"Stored {name}.", value=count)
        yield GaugeMetricFamily(
            "dateline_generation",
            "Writes to the collection.",
            value=dateline.catalogue.generation(),
        )
        used = dateline.tokens.spent()
        yield GaugeMetricFamily(
            "dateline_llm_tokens_today", "Tokens of language models today (UTC).",
            value=used.tokens,
        )  # fmt: skip
        yield GaugeMetricFamily(
            "dateline_llm_cost_today", "Their cost today (UTC), in the prices' currency.",
            value=shown(used.cost),
        )  # fmt: skip
        settings = self._service.dateline.settings
        limit = GaugeMetricFamily(
            "dateline_llm_daily_limit", "Most that a day may take; 0: no limit.", labels=["of"]
        )
        limit.add_metric(["tokens"], settings.llm_daily_tokens)
        limit.add_metric(["cost"], settings.llm_daily_cost)
        yield limit
