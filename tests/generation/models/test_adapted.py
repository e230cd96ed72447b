"""The generator with the adapter that is active: it changes when that changes, and only then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.types import Message
from generation.models.adapted import AdaptedGenerator, Adapter


class Speaker:
    """A generator that remembers its adapters."""

    name, device = "base", "cpu"

    def __init__(self) -> None:
        self.loaded: list[tuple[Path | None, str]] = []
        self.answers = 0

    def load_adapter(self, folder: Path | None, name: str) -> None:
        self.loaded.append((folder, name))

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        self.answers += 1
        yield "Hello"


class Pointer:
    """What is active now."""

    def __init__(self) -> None:
        self.now: Adapter | None = None

    def __call__(self) -> Adapter | None:
        return self.now


ONE, TWO = Adapter("mv_1", Path("one"), preferred=True), Adapter("mv_2", Path("two"))


def test_the_generator_loads_what_is_active_and_only_when_that_changes() -> None:
    speaker, pointer = Speaker(), Pointer()
    generator = AdaptedGenerator(speaker, pointer)
    versions = []
    for pointer.now in (None, ONE, ONE, TWO, None):
        assert generator.load() is speaker
        versions.append(generator.active)
    assert speaker.loaded == [(Path("one"), "mv_1"), (Path("two"), "mv_2"), (None, "")]
    assert versions == [None, "mv_1", "mv_1", "mv_2", None]


def test_it_is_preferred_to_quotes_only_while_a_model_is_active_that_was_shown_to_be_better() -> None:
    pointer = Pointer()
    generator = AdaptedGenerator(Speaker(), pointer)
    preferred = []
    for pointer.now in (None, ONE, TWO):
        preferred.append(generator.is_preferred())
    assert preferred == [False, True, False]
    pointer.now = ONE
    assert not AdaptedGenerator(None, pointer).is_preferred()


def test_without_a_generator_there_is_nothing_to_load() -> None:
    pointer = Pointer()
    pointer.now = ONE
    assert AdaptedGenerator(None, pointer).load() is None


def test_weights_are_warmed_up_only_when_the_next_answer_needs_them() -> None:
    speaker, pointer = Speaker(), Pointer()
    generator = AdaptedGenerator(speaker, pointer)
    generator.warm_up()
    cold = speaker.answers
    pointer.now = ONE
    generator.warm_up()
    assert (cold, speaker.answers) == (0, 1)
