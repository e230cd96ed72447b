"""`vouch demo`: from an upload to cited answers, on Vouch's own user guide and over HTTP only.

Uses its own home (`demo` in the configured home), so it never touches anyone's documents.
"""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import psutil
import typer

from cli.output import out
from cli.supervisor import Supervisor
from cli.up import address, free_port, start_service, wait_until_ready
from core.errors import Unavailable
from core.settings import TREE, load_settings

GUIDE = TREE / "docs" / "guide"
HOST = "127.0.0.1"
COLLECTION = "vouch-guide"
LOADED_WITHIN_S = 600.0


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the path of the document that answers it, None if the guide does not answer it."""

    text: str
    path: str | None


def add_commands(app: typer.Typer) -> None:
    """Add this file's command."""
    app.command()(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="Exit when the questions are answered.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port.")] = 0,
) -> None:
    """Start the service in its own home, load the user guide, and ask it three questions."""
    raise typer.Exit(0 if demonstrate(once=once, port=port or free_port()) else 1)


def demonstrate(*, once: bool, port: int) -> bool:
    """Run the demonstration; return whether each answer quoted the expected document. Raises Unavailable."""
    base = load_settings()
    settings = base.model_copy(update={"home": base.home / "demo"})
    settings = load_settings(home=settings.home)
    started = time.monotonic()
    _say("starting the service (models load, a few seconds)")
    supervisor = start_service(settings, HOST, port, to_files=True)
    stopped = _stop_on_signals(supervisor)
    peak = _PeakMemory()
    try:
        wait_until_ready(supervisor, HOST, port)
        _say(f"ready after {time.monotonic() - started:.1f} s")
        token = (settings.home / "admin.key").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address(HOST, port), headers=headers, timeout=120) as client:
            _load(client, _guide_files(), stopped)
            good = [_ask(client, question) for question in _questions()]
        peak.stop()
        _say(f"{sum(good)} of {len(good)} as expected; {time.monotonic() - started:.0f} s in all")
        _say(f"peak memory of all processes: {peak.mib:.0f} MiB")
        if not once and not stopped.is_set():
            _say(f"open {address(HOST, port)} and sign in with the key in {settings.home / 'admin.key'}; Ctrl-C stops")
            supervisor.watch()
        return all(good)
    finally:
        peak.stop()
        supervisor.stop()


def _guide_files() -> list[Path]:
    return sorted(path for path in GUIDE.iterdir() if path.suffix in {".md", ".pdf", ".docx"})


def _questions() -> list[Question]:
    entries = json.loads((GUIDE / "demo.json").read_text())
    return [Question(entry["question"], entry["path"]) for entry in entries]


def _load(client: httpx.Client, files: Sequence[Path], stopped: threading.Event) -> None:
    _say(f"loading {len(files)} chapters of the user guide")
    jobs: dict[str, str] = {}
    for path in files:
        with path.open("rb") as stream:
            sent = client.post("/v1/documents", files={"file": (path.name, stream)}, data={"collection": COLLECTION})
        if job_id := _good(sent).get("job_id"):
            jobs[job_id] = path.name
    deadline = time.monotonic() + LOADED_WITHIN_S
    while jobs and not stopped.wait(0.2):
        for job_id in list(jobs):
            job = _good(client.get(f"/v1/jobs/{job_id}"))
            if job["state"] in ("failed", "cancelled"):
                raise Unavailable(f"{jobs[job_id]} could not be read: {job['reason']}")
            if job["state"] == "succeeded":
                _say(f"  {jobs.pop(job_id)}")
        if time.monotonic() > deadline:
            raise Unavailable(f"Loading took longer than {LOADED_WITHIN_S:.0f} s.", hint="Try `vouch doctor`.")


def _ask(client: httpx.Client, question: Question) -> bool:
    body = {"question": question.text, "collections": [COLLECTION]}
    started = time.monotonic()
    answer = _good(client.post("/v1/answers", json=body))
    out.print(f"\n[bold]{question.text}[/bold]  [dim]{time.monotonic() - started:.1f} s[/dim]")
    out.print(answer["text"] if answer["status"] == "answered" else answer["refusal"]["message"], markup=False)
    for citation in answer["citations"]:
        place = [citation["title"], *citation["heading"], f"page {citation['page']}" if citation["page"] else ""]
        out.print(f"  [{citation['id']}] {' › '.join(dict.fromkeys(part for part in place if part))}", markup=False)
    if question.path is None:
        return bool(answer["status"] == "refused")
    cited = {_path_of(client, citation["document_id"]) for citation in answer["citations"]}
    if question.path not in cited:
        out.print(f"  expected a quote from {question.path}, got {sorted(cited) or 'none'}", style="red", markup=False)
    return question.path in cited


def _path_of(client: httpx.Client, document_id: str) -> str:
    return str(_good(client.get(f"/v1/documents/{document_id}"))["path"])


def _good(response: httpx.Response) -> dict[str, Any]:
    if response.is_error:
        request = response.request
        raise Unavailable(f"{request.method} {request.url.path} → {response.status_code}: {response.text}")
    body: dict[str, Any] = response.json()
    return body


def _stop_on_signals(supervisor: Supervisor) -> threading.Event:
    stopped = threading.Event()

    def stop(*_: object) -> None:
        stopped.set()
        supervisor.request_stop()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    return stopped


class _PeakMemory:
    """The peak memory of this process's children, as proportional set size: shared pages count once."""

    def __init__(self) -> None:
        self.mib = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join(timeout=5)

    def _watch(self) -> None:
        while not self._done.wait(0.5):
            self.mib = max(self.mib, sum(_sizes()) / 2**20)


def _sizes() -> Iterator[int]:
    for process in psutil.Process().children(recursive=True):
        with _ignore_ended():
            yield process.memory_full_info().pss


@contextmanager
def _ignore_ended() -> Iterator[None]:
    try:
        yield
    except psutil.Error:
        return


def _say(line: str) -> None:
    out.print(f"[bold]\\[demo][/bold] {line}")
