"""A service whose answers are made of units, for tests of how they are sent, stored and shown."""

from __future__ import annotations

from core.store import passages
from core.types import Chunk
from tests.api.conftest import World
from tests.service.content.answers import care_manual

QUESTION = "open the valve"


def united(world: World, *kinds: str, missing: str | None = None) -> World:
    """Serve the manual, and let the answerer answer with units of these kinds."""
    text = care_manual()
    made = world.upload(b"the manual", "pump.txt", title="Pump")
    with world.services.db.write() as session:
        chunk = Chunk(0, text.text, blocks=text.blocks)
        passages.publish(session, made["document_id"], made["version"], "Pump", [chunk], {}, text=text)
    world.answerer.kinds, world.answerer.missing = kinds, missing
    return world
