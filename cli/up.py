"""`vouch up`, `serve`, `worker`: start the whole service or one part of it."""

from __future__ import annotations

import signal
import socket
import sys
import time
from collections.abc import Mapping
from typing import Annotated

import httpx
import typer

from cli.output import out
from cli.supervisor import Supervisor
from core.disk.home import open_home
from core.errors import Invalid, Unavailable, WeightsError
from core.processes import python_environment, python_module
from core.settings import Settings, load_settings
from core.store.database import Database, migrate
from core.store.index.serving import serving_settings
from core.weights import models

READY_S = 180.0


def add_commands(app: typer.Typer) -> None:
    """Add this file's commands."""
    app.command()(up)
    app.command()(serve)
    app.command()(worker)


def up(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Start API, worker and scheduler; Ctrl-C stops all of them."""
    settings = load_settings()
    supervisor = start_service(settings, host, port, to_files=sys.stderr.isatty())
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: supervisor.request_stop())
    try:
        wait_until_ready(supervisor, host, port)
        if not supervisor.stopping:
            out.print(f"Vouch is ready at [bold]{address(host, port)}[/bold]  (Ctrl-C stops it)")
        supervisor.watch()
    finally:
        out.print("stopping…")
        supervisor.stop()


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
) -> None:
    """Run only the API; start workers with `vouch worker`."""
    from api.app import create_app
    from api.serving.connections import Connections
    from api.serving.server import connection_limits, listen, run_server
    from core.log import configure

    settings = load_settings()
    configure(settings.log_level)
    open_home(settings.home)
    _create_first_key(settings)
    connections = Connections(connection_limits(settings))
    with listen(host, port) as listener:
        run_server(create_app(settings, connections=connections), settings, connections, listener)


def worker(
    queue: Annotated[list[str] | None, typer.Option(help="ingest or learning; repeatable; default: both.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="How many jobs run at the same time.")] = 1,
    beat: Annotated[bool, typer.Option(help="Also send the periodic tasks; exactly one worker should.")] = False,
) -> None:
    """Run a Celery worker."""
    from workers.run import NAMES, run_worker

    queues = queue or list(NAMES)
    if unknown := set(queues) - set(NAMES):
        raise Invalid(f"There is no queue {sorted(unknown)[0]!r}.", hint=f"Known queues: {', '.join(NAMES)}.")
    run_worker(load_settings(), queues, concurrency=concurrency, beat=beat)


def start_service(settings: Settings, host: str, port: int, *, to_files: bool) -> Supervisor:
    """Check port and weights, then start the processes. Raises VouchError.

    `to_files` writes their logs to the `logs` folder of the home instead of this process's own streams.
    """
    _require_port(host, port)
    open_home(settings.home)
    _require_weights(_serving(settings))
    _create_first_key(settings)
    vouch = python_module("cli.main")
    commands = {
        "api": [*vouch, "serve", "--host", host, "--port", str(port)],
        "worker": [*vouch, "worker", "--queue", "ingest", "--beat"],
        "learner": [*vouch, "worker", "--queue", "learning"],
    }
    env = _environment(settings)
    logs = settings.home / "logs" if to_files else None
    if logs is not None:
        out.print(f"logs: {logs}", markup=False)
    supervisor = Supervisor(commands, env, lambda line: out.print(line, markup=False), logs)
    supervisor.start()
    return supervisor


def wait_until_ready(supervisor: Supervisor, host: str, port: int) -> None:
    """Wait until `/readyz` is ready. Raises Unavailable when the API stops or is not ready in time."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and not supervisor.stopping:
        if (status := supervisor.exit_status("api")) is not None:
            raise Unavailable(f"The API stopped with status {status} before it was ready.", hint="Its log says why.")
        supervisor.restart_ended()
        try:
            if httpx.get(f"{address(host, port)}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    if not supervisor.stopping:
        raise Unavailable(f"The API was not ready after {READY_S:.0f} s.", hint="Try `vouch doctor`.")


def address(host: str, port: int) -> str:
    """Return the URL at which this machine reaches a service that listens there."""
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _serving(settings: Settings) -> Settings:
    """Return the settings, with the index and the embedder that serve: a migration may have changed them."""
    database = Database(settings.database_url)
    migrate(database)
    with database.read() as session:
        serving = serving_settings(session, settings)
    database.close()
    return serving


def _create_first_key(settings: Settings) -> None:
    from service.keys import FIRST_KEY, first_run_key

    database = Database(settings.database_url)
    migrate(database)
    path = first_run_key(database, settings.home)
    database.close()
    known = path or (settings.home / FIRST_KEY)
    if known.exists():
        out.print(f"admin key: {known}", markup=False)


def _require_port(host: str, port: int) -> None:
    from api.serving.server import listen

    listen(host, port).close()


def _require_weights(settings: Settings) -> None:
    """Check the weights. Raises WeightsError; a reader that is missing or damaged only makes answers worse."""
    for name in _required_models(settings):
        try:
            models.verify(settings.models_dir, name)
        except WeightsError as error:
            if models.manifest()[name].role != "reader":
                raise
            out.print(f"Answers will be slower and worse. {error}", markup=False)


def _required_models(settings: Settings) -> list[str]:
    """Return the models of the manifest that these settings name, and the one that redaction needs."""
    urls = (
        settings.embedder_url,
        settings.late_url,
        settings.reranker_url,
        settings.reader_url,
        settings.generator_url,
    )
    names = [url.split("://", 1)[-1].split("?", 1)[0] for url in urls]
    wanted = [name for name in names if name in models.manifest()]
    return [*wanted, "en-core-web-sm"] if settings.redact else wanted


def _environment(settings: Settings) -> Mapping[str, str]:
    return {"VOUCH_HOME": str(settings.home), "PYTHONUNBUFFERED": "1", **python_environment()}
