"""The supervisor with real processes: each is restarted on its own, and none outlives a supervisor that is killed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.supervisor import Supervisor
from tests.servers import runs, wait_for

ROOT = Path(__file__).resolve().parents[2]
SUPERVISED = """
import sys
from cli.supervisor import Supervisor

supervisor = Supervisor({"a": ["sleep", "600"]}, {}, print)
supervisor.start()
print(supervisor._children[0].process.pid, flush=True)
supervisor.watch()
"""


@contextmanager
def watched(commands: dict[str, list[str]], said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(commands, {}, said.append)
    supervisor.start()
    thread = threading.Thread(target=supervisor.watch, args=(0.02,))
    thread.start()
    try:
        yield supervisor
    finally:
        supervisor.request_stop()
        thread.join()
        supervisor.stop()


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_a_child_is_restarted_while_another_waits_out_its_pause(tmp_path: Path) -> None:
    fails, dies_once = tmp_path / "fails", tmp_path / "dies-once"
    commands = {
        "fails": ["sh", "-c", f"echo started >> {fails}; exit 3"],
        "dies-once": [
            "sh",
            "-c",
            f"echo started >> {dies_once}; [ $(wc -l < {dies_once}) -gt 1 ] && sleep 600; sleep 4",
        ],
    }
    said: list[str] = []

    with watched(commands, said):
        # by then the first has failed three times, and waits for eight seconds
        wait_for(lambda: lines(fails) == 3, 15, "the first child to fail often")
        wait_for(lambda: lines(dies_once) == 2, 5, "the second child to be started again")

    assert lines(fails) == 3
    assert "fails stopped with status 3; starting it again in 1 s" in said


def test_a_child_that_cannot_be_started_again_is_tried_later(tmp_path: Path) -> None:
    program, said = tmp_path / "program", list[str]()
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)

    with watched({"a": [str(program)]}, said):
        program.unlink()
        wait_for(lambda: any("cannot be started" in line for line in said), 10, "a start that fails")
        program.write_text(f"#!/bin/sh\ntouch {tmp_path}/again; sleep 600\n")
        program.chmod(0o755)
        wait_for((tmp_path / "again").exists, 10, "the next start")


def test_what_a_child_left_behind_ends_before_it_is_started_again(tmp_path: Path) -> None:
    pids = tmp_path / "pids"

    with watched({"a": ["sh", "-c", f"sleep 600 & echo $! >> {pids}"]}, []):
        wait_for(lambda: lines(pids) == 2, 10, "the second start")
        first = pids.read_text().split()[0]
        wait_for(lambda: not runs(int(first)), 5, "the first one's child to end")


def test_no_child_outlives_a_supervisor_that_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", SUPERVISED], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert runs(child)

    parent.kill()
    parent.wait()

    wait_for(lambda: not runs(child), 5, "the child to end with its parent")
    parent.stdout.close()
