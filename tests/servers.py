"""Real servers for the tests: one that runs on this machine already, or one started here, or a skip that names it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

STARTS_WITHIN_S = 60


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Yield the URL of a PostgreSQL server's maintenance database, without a path behind the host."""
    for url in filter(None, [os.environ.get("VOUCH_TEST_POSTGRES_URL"), f"postgresql://{_me()}@127.0.0.1:5432"]):
        if _postgres_answers(url):
            yield url
            return
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = shutil.which("initdb") if not binaries else str(binaries[-1])
    if initdb is None:
        pytest.skip("PostgreSQL is missing: apt-get install postgresql, or set VOUCH_TEST_POSTGRES_URL")
    port = free_port()
    data, owner = folder / "postgres", "postgres" if os.geteuid() == 0 else None
    data.mkdir()
    if owner:
        shutil.chown(data, owner)
        for parent in data.parents[:3]:
            parent.chmod(0o755)
    run = ["runuser", "-u", owner, "--"] if owner else []
    subprocess.run([*run, initdb, "-D", str(data), "-A", "trust", "-U", "vouch"], check=True, capture_output=True)
    server = [*run, str(Path(initdb).with_name("postgres")), "-D", str(data), "-p", str(port), "-k", ""]
    with _running(server, lambda: _listens(port), "PostgreSQL"):
        yield f"postgresql://vouch@127.0.0.1:{port}"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Yield the URL of a Redis server's database 15, where tests may do as they like."""
    url = os.environ.get("VOUCH_TEST_REDIS_URL")
    if url or _listens(6379):
        yield url or "redis://127.0.0.1:6379/15"
        return
    if shutil.which("redis-server") is None:
        pytest.skip("Redis is missing: apt-get install redis-server, or set VOUCH_TEST_REDIS_URL")
    port = free_port()
    command = ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(folder)]
    with _running(command, lambda: _listens(port), "Redis"):
        yield f"redis://127.0.0.1:{port}/15"


@contextmanager
def rabbitmq(folder: Path) -> Iterator[str]:
    """Yield the URL of a RabbitMQ server with the default guest account."""
    url = os.environ.get("VOUCH_TEST_RABBITMQ_URL")
    if url or _listens(5672):
        yield url or "amqp://guest:guest@127.0.0.1:5672//"
        return
    binary = shutil.which("rabbitmq-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if binary is None:
        pytest.skip("RabbitMQ is missing: apt-get install rabbitmq-server, or set VOUCH_TEST_RABBITMQ_URL")
    port = free_port()
    env = os.environ | {
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_NODENAME": f"vouch{port}@localhost",
        "RABBITMQ_SERVER_START_ARGS": f"-kernel inet_dist_listen_min {port + 1} inet_dist_listen_max {port + 9}",
    }
    with _running([binary], lambda: _listens(port), "RabbitMQ", env):
        yield f"amqp://guest:guest@127.0.0.1:{port}//"


class Milvus:
    """A Milvus server of the package `milvus`, which carries its programs: an older one, but a real one."""

    STARTS_WITHIN_S = 180

    def __init__(self, folder: Path) -> None:
        package = os.environ.get("VOUCH_TEST_MILVUS_FOLDER")
        if package is None and find_spec("milvus") is None:
            pytest.skip(
                "A Milvus server is missing: `pip install --no-deps --target FOLDER milvus==2.3.5`, "
                "then set VOUCH_TEST_MILVUS_FOLDER to that folder"
            )
        self._env = os.environ | ({"PYTHONPATH": package} if package else {})
        self._folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # the package turns to another port while connections of a server that was killed linger on this one
        wait_for(lambda: _is_free(self.port), 90, "the port to be free again")
        arguments = ["milvus-server", "--data", str(self._folder), "--proxy-port", str(self.port)]
        code = f"import sys; sys.argv = {arguments!r}; from milvus import main; main()"
        said = self._folder / "said.log"
        with said.open("w") as stream:
            process = self._process = subprocess.Popen(
                [sys.executable, "-c", code], env=self._env, stdout=stream, stderr=stream, start_new_session=True
            )
        # it says so a second after it has become healthy; the port listens long before that
        wait_for(
            lambda: "Welcome" in said.read_text() or process.poll() is not None, self.STARTS_WITHIN_S, "Milvus to start"
        )
        assert process.poll() is None, f"Milvus stopped: {said.read_text()[-500:]}"

    def kill(self) -> None:
        """Kill it and its children, with no time to tidy up."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=30)
            self._process = None


@contextmanager
def milvus(folder: Path) -> Iterator[Milvus]:
    """Yield a Milvus server on a port of its own."""
    server = Milvus(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("0.0.0.0", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until the condition holds. Fails the test when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.05)


def descendants(pid: int) -> set[int]:
    """Return the process ids of all living children of a process, their children, and so on."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended in the meantime
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(stat.parent.name)] = int(parent)
    found, newest = set[int](), {pid}
    while newest:
        newest = {child for child, parent in parents.items() if parent in newest}
        found |= newest
    return found


def runs(pid: int) -> bool:
    """Return whether a process lives: it exists and is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def _running(
    command: list[str], ready: Callable[[], bool], name: str, env: dict[str, str] | None = None
) -> Iterator[None]:
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(ready, STARTS_WITHIN_S, f"{name} to listen")
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _postgres_answers(url: str) -> bool:
    import psycopg

    try:
        psycopg.connect(f"{url}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _me() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name
