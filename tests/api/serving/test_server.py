"""Where the server listens."""

from __future__ import annotations

import pytest

from api.serving.server import listen
from core.errors import Conflict


def test_a_port_that_is_taken_is_an_error_that_names_it() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Conflict, match=rf"Cannot listen on 127.0.0.1:{port}: Address already in use\. Choose"):
            listen("127.0.0.1", port)


def test_a_host_that_does_not_exist_is_an_error_that_names_it() -> None:
    with pytest.raises(Conflict, match=r"Cannot listen on nowhere\.invalid:8000"):
        listen("nowhere.invalid", 8000)
