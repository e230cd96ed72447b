"""Prometheus metrics of one application: requests by route, answers by status and reason, jobs, drift, damage.

Each application has its own registry, so that two in one process (as in tests) do not count each other's requests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.serving.connections import Connections, figures
from core.clock import now
from core.disk import database_check
from core.errors import VouchError
from core.store import blob_checks
from core.store.counts import jobs_by_state, latest_supports
from core.store.database import Database
from core.store.learned.calibrations import load_calibration
from generation.refusal.drift import LATEST, drift

ANSWER_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32)


class Metrics:
    """Counters and histograms. Knows no requests and no answers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "vouch_http_requests", "Requests.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "vouch_http_request_seconds", "Seconds until a response was complete.", ("route",), registry=self.registry
        )
        self._busy = Counter(
            "vouch_refused_as_busy", "Requests that got status 503 at once.", ("route",), registry=self.registry
        )
        self._answers = Counter("vouch_answers", "Answers given.", ("status", "by"), registry=self.registry)
        self._refusals = Counter(
            "vouch_refusals", "Answers that are refusals, by reason.", ("code",), registry=self.registry
        )
        self._fallbacks = Counter(
            "vouch_answer_fallbacks",
            "Answers that are quotes although phrasing was requested.",
            ("reason",),
            registry=self.registry,
        )
        self._cached = Counter(
            "vouch_answers_remembered", "Answers from the answer cache.", ("kind",), registry=self.registry
        )
        self._not_stored = Counter(
            "vouch_answers_not_stored", "Answers that a full disk could not store.", registry=self.registry
        )
        self._answer_seconds = Histogram(
            "vouch_answer_seconds", "Seconds an answer took.", registry=self.registry, buckets=ANSWER_BUCKETS
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; status 0 is a client that left before the response began."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def refused_as_busy(self, route: str) -> None:
        """Count a request that was not admitted."""
        self._busy.labels(route).inc()

    def answer(
        self,
        status: str,
        *,
        phrased: bool,
        seconds: float,
        refusal: str | None = None,
        fallback: str | None = None,
        cached: str | None = None,
        stored: bool = True,
    ) -> None:
        """Count an answer, and whether it was stored.

        `refusal` is why it was refused, `fallback` why it is quotes although phrasing was requested, `cached` the kind
        of an answer from the answer cache.
        """
        if not stored:
            self._not_stored.inc()
        if cached is not None:
            self._cached.labels(cached).inc()
        self._answers.labels(status, "generator" if phrased else "quotes").inc()
        if refusal is not None:
            self._refusals.labels(refusal).inc()
        if fallback is not None:
            self._fallbacks.labels(fallback).inc()
        self._answer_seconds.observe(seconds)

    def watch_jobs(self, db: Database) -> None:
        """Add the jobs in this database to every scrape."""
        self.registry.register(_Jobs(db))

    def watch_devices(self, devices: Callable[[], Mapping[str, str]]) -> None:
        """Add to every scrape whether each part runs on the device that was configured."""
        self.registry.register(_Devices(devices))

    def watch_connections(self, connections: Connections) -> None:
        """Add the server's open connections to every scrape, and those that it dropped."""
        self.registry.register(_Connections(connections))

    def watch_support(self, db: Database) -> None:
        """Add to every scrape how far the latest questions are from those of the calibration."""
        self.registry.register(_Support(db))

    def watch_damage(self, db: Database, home: Path) -> None:
        """Add to every scrape what the scrub of the stored files and the check of the database found, and when."""
        self.registry.register(_Damage(db, home))

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class _Jobs(Collector):
    def __init__(self, db: Database) -> None:
        self._db = db

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily("vouch_jobs", "Jobs by kind and state.", labels=("kind", "state"))

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = next(self.describe())
        try:
            with self._db.read() as session:
                found = jobs_by_state(session)
        except VouchError:
            return  # the other metrics must not be lost when the database is down; /readyz reports that
        for (kind, state), count in sorted(found.items()):
            family.add_metric((kind, state), count)
        yield family


class _Damage(Collector):
    def __init__(self, db: Database, home: Path) -> None:
        self._db, self._home = db, home

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily(
            "vouch_scrub_age_seconds",
            "Seconds since all stored files were last compared with their hashes: the age of the oldest check.",
        )
        yield GaugeMetricFamily("vouch_stored_files_damaged", "Stored files whose content has changed.")
        yield GaugeMetricFamily("vouch_stored_files_missing", "Files that the database names and the store lacks.")
        yield GaugeMetricFamily("vouch_database_damaged", "1 if the database was found to be damaged, else 0.")
        yield GaugeMetricFamily("vouch_database_check_age_seconds", "Seconds since the database was last checked.")

    def collect(self) -> Iterator[GaugeMetricFamily]:
        age, damaged, missing, bad_database, database_age = self.describe()
        try:
            with self._db.read() as session:
                found = blob_checks.counts(session)
            age.add_metric((), _seconds_since(found.oldest) if found.oldest is not None else 0)
            damaged.add_metric((), found.damaged)
            missing.add_metric((), found.missing)
        except VouchError:
            pass  # as above; the check of the database does not need it
        if (last := database_check.load(self._home)) is not None:
            bad_database.add_metric((), last.problem is not None)
            database_age.add_metric((), _seconds_since(last.at))
        yield from (age, damaged, missing, bad_database, database_age)


def _seconds_since(moment: datetime) -> float:
    return max(0.0, (now() - moment).total_seconds())


class _Devices(Collector):
    def __init__(self, devices: Callable[[], Mapping[str, str]]) -> None:
        self._devices = devices

    def describe(self) -> Iterator[GaugeMetricFamily]:
        help_text = "1 if a part runs on the device that was configured, 0 if it runs on the CPU instead."
        yield GaugeMetricFamily("vouch_device_as_wanted", help_text, labels=("part", "device"))

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = next(self.describe())
        try:
            devices = self._devices()
        except VouchError:
            return  # as above
        for part, description in sorted(devices.items()):
            device, _, wanted = description.partition(" (wanted ")
            family.add_metric((part, device), 0 if wanted else 1)
        yield family


class _Connections(Collector):
    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("vouch_connections", "Open connections.", value=len(self._connections))
        dropped = CounterMetricFamily(
            "vouch_connections_dropped",
            "Connections ended early: the client was too slow, they made room for others, or were told to come later.",
            labels=("reason",),
        )
        for reason, count in figures(self._connections).items():
            dropped.add_metric((reason,), count)
        yield dropped


class _Support(Collector):
    def __init__(self, db: Database) -> None:
        self._db = db

    def describe(self) -> Iterator[GaugeMetricFamily]:
        yield GaugeMetricFamily(
            "vouch_support_drift",
            "Distance between the support of the latest questions and the golden set's, divided by what chance "
            "explains; above 1 they differ.",
        )

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = next(self.describe())
        try:
            with self._db.read() as session:
                calibration = load_calibration(session)
                supports = latest_supports(session, calibration.id, LATEST) if calibration is not None else ()
                measured = drift(calibration, supports) if calibration is not None else None
        except VouchError:
            return  # as above
        if measured is not None:
            family.add_metric((), measured.distance / measured.critical)
        yield family
