"""Milvus for tests: milvus-lite in this process, and a real server where its package is installed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import VouchError
from core.ids import new_id
from retrieval.milvus.location import MilvusLocation
from tests import servers

WITHOUT = "milvus-lite is missing: pip install pymilvus milvus-lite"


def some_name() -> str:
    """Return a name that no other test uses: engines outlive tests."""
    return f"t{new_id('x')[-10:]}"


def lite_location(folder: Path, name: str = "vouch") -> MilvusLocation:
    """Return a location in milvus-lite, or skip."""
    pytest.importorskip("pymilvus", reason=WITHOUT)
    pytest.importorskip("milvus_lite", reason=WITHOUT)
    return MilvusLocation(str(folder / "dense.db"), name, index="AUTOINDEX")


def server_location(server: servers.Milvus, name: str = "vouch") -> MilvusLocation:
    """Return a location on a server, or skip."""
    pytest.importorskip("pymilvus", reason=WITHOUT)
    return MilvusLocation(f"http://127.0.0.1:{server.port}", name)


@pytest.fixture(scope="module")
def lite_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for milvus-lite, which is released when the module's tests are over."""
    folder = tmp_path_factory.mktemp("lite")
    yield folder
    try:
        from milvus_lite.server_manager import server_manager_instance
    except ModuleNotFoundError:
        return
    server_manager_instance.release_server(str(folder / "dense.db"))


def wait_until_answers(location: MilvusLocation) -> None:
    """Wait until a server that was started again has loaded its data: that takes half a minute."""
    from retrieval.milvus.server import MilvusServer

    def answers() -> bool:
        time.sleep(1)
        try:
            server = MilvusServer(location)
            name = server.serving()
            return name is not None and server.count(name) >= 0
        except VouchError:
            return False

    servers.wait_for(answers, 120, "Milvus to answer again")
