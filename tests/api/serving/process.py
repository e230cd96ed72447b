"""The API in a process of its own that may open few files, over the stand-ins of the API's tests.

`python -m tests.api.serving.process HOME BLANK FILES TIMEOUT_S PORT` publishes one manual, writes a key that may ask
and one that may upload to HOME/keys, and serves until SIGTERM.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from starlette.testclient import TestClient

from api.app import create_app
from api.serving.connections import Connections
from api.serving.server import connection_limits, listen, run_server
from core.log import configure
from tests.api.conftest import World, make_services


def main(home: str, blank: str, files: int, timeout_s: float, port: int) -> None:
    """Serve a copy of the blank database."""
    configure("WARNING")
    resource.setrlimit(resource.RLIMIT_NOFILE, (files // 2, files))
    services, searcher, answerer, queue = make_services(Path(home), Path(blank), client_timeout_s=timeout_s)
    with TestClient(create_app(services=services)) as client:
        world = World(client, services, searcher, answerer, queue)
        world.served()
        tokens = [world.key(scope)["Authorization"] for scope in ("ask", "ingest")]
        Path(home, "keys").write_text("\n".join(tokens))
    connections = Connections(connection_limits(services.settings))
    app = create_app(services=services, connections=connections)
    with listen("127.0.0.1", port) as listener:
        run_server(app, services.settings, connections, listener)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
