"""Dice for a `World`: who asks what, and what happens to the documents meanwhile. All of it follows from a seed."""

from __future__ import annotations

import os
from random import Random

from core.types import Caller, Filters
from tests.retrieval.world import COLLECTIONS, COMMON, GROUPS, TOPICS, Paper, Question, World

SEED = int(os.environ.get("VOUCH_TEST_SEED", "20261122"))
"""Printed by every check that fails; set it to see the same world again."""
CROWD = frozenset(f"team{number}" for number in range(500))


def some_text(dice: Random, world: World, topic: int) -> str:
    words = [*dice.choices(TOPICS[topic], k=dice.randint(2, 6)), *dice.choices(COMMON, k=dice.randint(0, 3))]
    return " ".join([*words, f"n{world.serial()}"])  # no two chunks say the same


def some_groups(dice: Random, topic: int) -> list[str]:
    """Return mostly the topic's own group, so that hidden passages are near each other."""
    roll = dice.random()
    if roll < 0.35:
        return []
    if roll < 0.40:
        return ["rare"]
    return [GROUPS[topic]] if roll < 0.8 else sorted(dice.sample(GROUPS, 2))


def publish_something(dice: Random, world: World, paths: int = 80, prefix: str = "") -> Paper:
    """Put a document at a random path: a new one, or the next version of the one there."""
    topic = dice.randrange(len(TOPICS))
    texts = [some_text(dice, world, topic) for _ in range(dice.randint(1, 8))]
    metadata = {key: str(dice.randrange(3)) for key in ("product", "a.b-c") if dice.random() < 0.6}
    path = f"{prefix}path{dice.randrange(paths)}"  # the same path occurs in several collections
    return world.put(dice.choice(COLLECTIONS), path, texts, some_groups(dice, topic), metadata)


def change_something(dice: Random, world: World, paths: int = 80) -> None:
    """Add, replace, regroup, withdraw, or withdraw and erase."""
    roll, standing = dice.random(), list(world.papers.values())
    if roll < 0.45 or len(standing) < 10:
        publish_something(dice, world, paths)
    elif roll < 0.75:
        world.regroup(dice.choice(standing), some_groups(dice, dice.randrange(len(TOPICS))))
    else:
        world.drop(dice.choice(standing), purge=roll > 0.92)


def some_question(dice: Random, world: World) -> Question:
    topic = dice.randrange(len(TOPICS))
    words = dice.choices(TOPICS[topic] if dice.random() < 0.8 else COMMON + TOPICS[topic], k=dice.randint(1, 4))
    k = dice.choice([1, 3, 10, 10, 10, 12])
    return Question(some_caller(dice), " ".join(words), k, some_filters(dice, world))


def some_caller(dice: Random) -> Caller:
    roll, ask = dice.random(), frozenset({"ask"})
    if roll < 0.08:
        return Caller("admin", frozenset({"admin"}))
    if roll < 0.25:
        return Caller("nobody", ask)
    if roll < 0.35:
        return Caller("odd", ask, frozenset({"%", "rare", "o_neil; --"}))
    if roll < 0.40:
        return Caller("crowd", ask, CROWD | {"wages"})
    return Caller("some", ask, frozenset(dice.sample(GROUPS, dice.choice([1, 1, 2, 5]))))


def some_filters(dice: Random, world: World) -> Filters | None:
    if dice.random() < 0.5:
        return None
    collections, document_ids, metadata = frozenset[str](), frozenset[str](), dict[str, str]()
    if dice.random() < 0.4:
        collections = frozenset(dice.sample([*COLLECTIONS, "empty"], dice.randint(1, 2)))
    if dice.random() < 0.4 and world.papers:
        known = [paper.document_id for paper in list(world.papers.values())]
        document_ids = frozenset([*dice.choices(known, k=dice.choice([1, 3, 40])), *world.gone[-2:], "doc_never"])
    if dice.random() < 0.4:
        metadata = {dice.choice(["product", "a.b-c", "absent"]): str(dice.randrange(4))}
    return Filters(collections, document_ids, metadata)
