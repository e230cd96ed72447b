"""The generator with the adapter that is active: a promotion or roll-back takes effect at the next answer.

Knows neither where adapters come from nor which deserves to be active; `learning.registry` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from core.ports import Generator
from core.reloadable import Reloadable
from core.types import Message


class Adapter(NamedTuple):
    """An adapter's version and folder; `preferred` if more of its answers are usable than quotes would be."""

    version: str
    folder: Path
    preferred: bool = False


@runtime_checkable
class TakesAdapters(Protocol):
    """A generator whose adapter can be exchanged while it runs."""

    def load_adapter(self, folder: Path | None, name: str) -> None:
        """Answer with this adapter from now on; None: with the base model alone."""


class AdaptedGenerator:
    """A generator, or none, and the adapter that `active` returns. Thread-safe."""

    def __init__(self, generator: Generator | None, active: Callable[[], Adapter | None]) -> None:
        self._generator = generator
        self._active = active
        self._adapter: Reloadable[Adapter | None, Adapter | None] = Reloadable(
            "adapter", self._load_adapter, active, background=False
        )

    @property
    def device(self) -> Mapping[str, str]:
        """The device truly in use; to ask a GPU's loads the weights."""
        return {"generator": self._generator.device} if self._generator is not None else {}

    @property
    def active(self) -> str | None:
        """The version of the adapter that is loaded; None for the base model alone."""
        adapter = self._adapter.loaded()
        return adapter.version if adapter is not None else None

    def load(self) -> Generator | None:
        """Return the generator with the active adapter loaded. Raises WeightsError for an adapter that is damaged."""
        if self._generator is not None:
            self._adapter.get()
        return self._generator

    def is_preferred(self) -> bool:
        """Return whether the gate has shown more usable answers of the active adapter than of quotes."""
        adapter = self._active() if self._generator is not None else None
        return adapter is not None and adapter.preferred

    def warm_up(self) -> None:
        """Load the weights if the next answer needs them."""
        if self.is_preferred() and (generator := self.load()) is not None:
            next(iter(generator.stream([Message("user", "Hello")], max_tokens=1)), None)

    def _load_adapter(self, adapter: Adapter | None, loaded: Adapter | None) -> Adapter | None:
        if adapter != loaded and isinstance(self._generator, TakesAdapters):
            folder, version = (adapter.folder, adapter.version) if adapter is not None else (None, "")
            self._generator.load_adapter(folder, version)
        return adapter
