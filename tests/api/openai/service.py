"""A Vouch that listens on a port, as OpenAI's client needs one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from openai import OpenAI

from api.app import create_app
from tests.api.conftest import World
from tests.servers import free_port, wait_for


@dataclass
class ServedWorld:
    """The served application, the world behind it, and the clients that were made for it."""

    url: str
    world: World
    clients: list[OpenAI] = field(default_factory=list)

    def token(self, *scopes: str, groups: tuple[str, ...] = ()) -> str:
        """Make a key and return it."""
        return self.world.key(*(scopes or ("ask",)), groups=groups)["Authorization"].removeprefix("Bearer ")

    def client(self, headers: dict[str, str] | None = None, *, key: str | None = None) -> OpenAI:
        """Return OpenAI's client with a key: the one in `headers`, or `key`, or a new one that may ask."""
        token = key or (headers["Authorization"].removeprefix("Bearer ") if headers else self.token())
        self.clients.append(OpenAI(base_url=f"{self.url}/v1", api_key=token, max_retries=0, timeout=20))
        return self.clients[-1]


@contextmanager
def listening(world: World) -> Iterator[ServedWorld]:
    """Serve the world's services on a free port."""
    port = free_port()
    app = create_app(services=world.services)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run)
    thread.start()
    served = ServedWorld(f"http://127.0.0.1:{port}", world)
    try:
        wait_for(lambda: server.started, 10, "the service to listen")
        yield served
    finally:
        for client in served.clients:
            client.close()
        server.should_exit = True
        thread.join(timeout=10)
