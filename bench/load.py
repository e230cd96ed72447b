"""Ask a running service with many clients at once.

    python -m bench.load URL KEY --clients 1 8 24 64 --seconds 60

KEY is a key, or a file that holds one (`VOUCH_HOME/admin.key`). Every client asks one question after the other, by one
of the `--ways`; one that gets 503 waits as `Retry-After` says, at most a second. Questions come from `--questions FILE`
(a JSON object with `text` on each line), else a few about routers. With `--ingest` a short document is uploaded each
second meanwhile. Prints one JSON line for each number of clients: requests per second that got an answer, their p50,
p95 and longest in seconds, statuses, the same times of `/livez` and `/v1/me`, asked twice a second, and the resident
memory of the API process in MiB before and after. The service needs VOUCH_RATE_PER_MINUTE=0.
"""

from __future__ import annotations

import argparse
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

WAYS = {
    "answers": ("/v1/answers", "question"),
    "search": ("/v1/search", "query"),
    "chat": ("/v1/chat/completions", "content"),
}
ASIDE = ("/livez", "/v1/me")
ROUTERS = ("How do I reset the router?", "What does a red lamp mean?", "How long is the warranty?", "How heavy is it?")


@dataclass(slots=True)
class Load:
    """What one number of clients got: seconds of answered requests and of health, statuses, memory in MiB."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    aside: dict[str, list[float]] = field(default_factory=lambda: {path: [] for path in ASIDE})
    memory_mb: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Service:
    """The service that is asked, until `stop` (a time of `time.monotonic`)."""

    url: str
    key: str
    stop: float

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=60)

    @property
    def goes_on(self) -> bool:
        return time.monotonic() < self.stop


def run(service: Service, clients: int, ways: Sequence[str], questions: Sequence[str], *, ingest: bool) -> Load:
    """Ask with this many clients until the service's time is over."""
    load = Load(memory_mb=[_memory_mb(service)])
    asked = [itertools.cycle(_from(questions, number)) for number in range(clients)]
    threads = [
        threading.Thread(target=_ask, args=(load, service, ways[number % len(ways)], asked[number]), daemon=True)
        for number in range(clients)
    ]
    if ingest:
        threads.append(threading.Thread(target=_ingest, args=(load, service), daemon=True))
    for thread in threads:
        thread.start()
    _look_aside(load, service)
    for thread in threads:
        thread.join(60)
    load.memory_mb.append(_memory_mb(service))
    return load


def _from(questions: Sequence[str], start: int) -> Sequence[str]:
    at = start % len(questions)
    return (*questions[at:], *questions[:at])


def _ask(load: Load, service: Service, way: str, questions: Iterator[str]) -> None:
    path, name = WAYS[way]
    with service.client() as client:
        while service.goes_on:
            question = next(questions)
            body = {"model": "vouch", "messages": [{"role": "user", "content": question}]}
            began = time.monotonic()
            try:
                reply = client.post(path, json=body if way == "chat" else {name: question})
            except httpx.HTTPError as error:
                load.statuses[type(error).__name__] += 1
                continue
            load.statuses[str(reply.status_code)] += 1
            if reply.status_code == 200:
                load.seconds.append(time.monotonic() - began)
            elif reply.status_code == 503:
                time.sleep(min(1.0, float(reply.headers.get("retry-after", "1"))))


def _ingest(load: Load, service: Service) -> None:
    with service.client() as client:
        for number in itertools.count():
            if not service.goes_on:
                return
            text = f"# Pump {number}\n\nThe pump {number} of {time.time_ns()} is started with the green lever.\n"
            files = {"file": (f"load-{number % 50}.md", text.encode())}
            reply = client.post("/v1/documents", files=files, data={"collection": "load"})
            load.statuses[f"upload {reply.status_code}"] += 1
            time.sleep(1)


def _look_aside(load: Load, service: Service) -> None:
    with service.client() as client:
        while service.goes_on:
            for path in ASIDE:
                began = time.monotonic()
                client.get(path)
                load.aside[path].append(time.monotonic() - began)
            time.sleep(0.5)


def _memory_mb(service: Service) -> float:
    with service.client() as client:
        figures = client.get("/metrics").text
    lines = (line for line in figures.splitlines() if line.startswith("process_resident_memory_bytes"))
    return round(float(next(lines, "none 0").split()[1]) / 2**20)


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    if not ordered:
        return {}
    at = {"p50": ordered[len(ordered) // 2], "p95": ordered[int(len(ordered) * 0.95)], "most": ordered[-1]}
    return {name: round(value, 4) for name, value in at.items()}


def main() -> None:
    """Print one JSON line for each number of clients."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("key")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 24, 64])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--ways", nargs="+", choices=sorted(WAYS), default=["answers"])
    parser.add_argument("--questions", type=Path)
    parser.add_argument("--ingest", action="store_true")
    args = parser.parse_args()
    key = Path(args.key).read_text().strip() if Path(args.key).is_file() else args.key
    questions = ROUTERS
    if args.questions is not None:
        questions = tuple(json.loads(line)["text"] for line in args.questions.read_text(encoding="utf-8").splitlines())
    for clients in args.clients:
        service = Service(args.url, key, time.monotonic() + args.seconds)
        load = run(service, clients, args.ways, questions, ingest=args.ingest)
        aside = {path: quantiles(seconds) for path, seconds in load.aside.items()}
        answered = {"per_s": round(len(load.seconds) / args.seconds, 2), **quantiles(load.seconds)}
        found = {"answered": answered, "statuses": dict(load.statuses), "aside": aside, "memory_mb": load.memory_mb}
        print(json.dumps({"clients": clients} | found), flush=True)


if __name__ == "__main__":
    main()
