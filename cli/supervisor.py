"""Run several processes as one: start them, restart one that ends, and stop all cleanly on Ctrl-C or SIGTERM.

Knows nothing of what they do; `cli.up` names the commands.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from core.processes import end_with_parent

STOP_S = 10.0
"""Seconds that a process has to stop by itself; its jobs are claimed again when their lease ends."""
LONGEST_PAUSE_S = 30.0


@dataclass(slots=True)
class _Child:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)
    restart_at: float | None = None
    """When it is started again, in the time of `time.monotonic`; None while it runs."""


class Supervisor:
    """Named commands that run until `stop` is called."""

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        env: Mapping[str, str],
        report: Callable[[str], None],
        logs: Path | None = None,
    ) -> None:
        """With `logs`, the output of a child goes to a file of its name there; else to this process's output."""
        self._children = [_Child(name, command) for name, command in commands.items()]
        self._env = {**os.environ, **env}
        self._report = report
        self._logs = logs
        self._stopping = threading.Event()

    def start(self) -> None:
        for child in self._children:
            self._spawn(child)

    def stop(self) -> None:
        """Ask all to stop, wait for STOP_S, then kill what still runs, with its children."""
        self._stopping.set()
        running = [child.process for child in self._children if child.process and child.restart_at is None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            _end_group(process)

    def watch(self, seconds: float = 0.5) -> None:
        """Restart each child that ends, after a longer pause if it ends often; return when `stop` was called."""
        while not self._stopping.wait(seconds):
            self.restart_ended()

    def restart_ended(self) -> None:
        """Start each child again whose pause is over, and begin the pause of each that has ended. Never waits."""
        for child in self._children:
            if child.restart_at is not None:
                if time.monotonic() >= child.restart_at:
                    self._start_again(child)
            elif child.process is not None and child.process.poll() is not None:
                _end_group(child.process)
                self._plan(child, f"stopped with status {child.process.returncode}")

    def request_stop(self) -> None:
        """Make `watch` return; safe in a signal handler."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def exit_status(self, name: str) -> int | None:
        """Return the exit status of a child that has ended, None while it runs."""
        child = next(child for child in self._children if child.name == name)
        return child.process.poll() if child.process else None

    def _plan(self, child: _Child, why: str) -> None:
        recent = [start for start in child.starts if time.monotonic() - start < 60]
        pause = min(LONGEST_PAUSE_S, 0.5 * 2 ** len(recent))
        child.restart_at = time.monotonic() + pause
        self._report(f"{child.name} {why}; starting it again in {pause:.0f} s")

    def _start_again(self, child: _Child) -> None:
        try:
            self._spawn(child)
        except OSError as error:  # no memory or no free process id now: the others must go on
            self._plan(child, f"cannot be started ({error.strerror})")

    def _spawn(self, child: _Child) -> None:
        child.starts = [*child.starts[-9:], time.monotonic()]
        child.restart_at = None
        # In its own session, so that Ctrl-C reaches only the supervisor, which stops the others in order.
        with self._output(child.name) as output:
            child.process = subprocess.Popen(
                list(child.command),
                env=self._env,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=partial(end_with_parent, os.getpid()),
            )

    @contextlib.contextmanager
    def _output(self, name: str) -> Iterator[IO[bytes] | None]:
        if self._logs is None:
            yield None
            return
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / f"{name}.log").open("ab") as stream:
            yield stream


def _end_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
