"""Opens the generator that `VOUCH_GENERATOR_URL` names; `none://` means that answers are quotes.

Knows no model: each backend is one module, which is imported only for its scheme. The local one is imported when the
first answer is phrased, so that a process that only quotes never loads torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from core.errors import SettingsError, missing_extra, unknown_scheme
from core.ports import Generator
from core.reloadable import Reloadable
from core.settings import Settings
from core.types import Message
from core.weights.models import folder
from generation.phrasing.phrase import DECLINES

if TYPE_CHECKING:
    from generation.models.local import TransformersGenerator


def open_generator(settings: Settings) -> Generator | None:
    """Return the generator that the URL names, None for `none://`.

    Raises SettingsError for an unknown scheme or option, WeightsError for missing weights.
    """
    scheme = settings.generator_url.split("://", 1)[0]
    if scheme not in BACKENDS:
        raise unknown_scheme("VOUCH_GENERATOR_URL", settings.generator_url, BACKENDS)
    return BACKENDS[scheme](settings)


class LazyGenerator:
    """A local generator that loads its weights for its first stream, not before. Thread-safe."""

    def __init__(self, name: str, device: str, load: Callable[[], TransformersGenerator]) -> None:
        self._name, self._wanted_device = name, device
        self._adapter: tuple[Path | None, str] = (None, "")
        self._model = Reloadable.once("generator", lambda: self._adapted(load()), background=False)

    @property
    def name(self) -> str:
        if (model := self._model.loaded()) is not None:
            return model.name
        return f"{self._name}+{self._adapter[1]}" if self._adapter[0] else self._name

    @property
    def device(self) -> str:
        """The device truly in use; a GPU is only believed once the weights are on it, so asking loads them."""
        return "cpu" if self._wanted_device == "cpu" else self._model.get().device

    def load_adapter(self, folder: Path | None, name: str) -> None:
        """Use this adapter from the next stream on; see `TransformersGenerator.load_adapter`."""
        with self._model.lock:
            self._adapter = (folder, name)
            if (model := self._model.loaded()) is not None:
                model.load_adapter(folder, name)

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        yield from self._model.get().stream(messages, max_tokens=max_tokens, deadline=deadline)

    def _adapted(self, model: TransformersGenerator) -> TransformersGenerator:
        if self._adapter[0] is not None:
            model.load_adapter(*self._adapter)
        return model


def options(url: str, known: Sequence[str]) -> dict[str, str]:
    """Return the options in the query of a generator's URL. Raises SettingsError for an unknown option."""
    given = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    for key in given:
        if key not in known:
            raise SettingsError(f"VOUCH_GENERATOR_URL: unknown option {key!r}.", hint=f"Known: {', '.join(known)}.")
    return given


def _none(settings: Settings) -> None:
    options(settings.generator_url, ())


def _local(settings: Settings) -> Generator:
    given = options(settings.generator_url, ("device", "dtype"))
    name = settings.generator_url.split("://", 1)[1].split("?", 1)[0]
    weights = folder(settings.models_dir, name)
    device = given.get("device", "cpu")
    for package in ("torch", "transformers", "peft"):
        if find_spec(package) is None:
            raise missing_extra(package, "cpu")

    def load() -> TransformersGenerator:
        from generation.models.local import TransformersGenerator

        return TransformersGenerator(
            weights,
            name,
            device=device,
            dtype=given.get("dtype", "auto"),
            threads=settings.threads,
            banned_beginnings=DECLINES,  # whether there is an answer is decided by support, before any model is asked
        )

    return LazyGenerator(name, device, load)


def _remote(settings: Settings) -> Generator:
    from generation.models.remote import OpenAIGenerator

    given = options(settings.generator_url, ("model", "timeout"))
    if not given.get("model"):
        raise SettingsError("VOUCH_GENERATOR_URL names no model.", hint="Write openai+http://HOST:PORT/v1?model=NAME.")
    base = settings.generator_url.removeprefix("openai+").split("?", 1)[0]
    return OpenAIGenerator(base, given["model"], settings.generator_api_key, timeout_s=float(given.get("timeout", 30)))


BACKENDS: dict[str, Callable[[Settings], Generator | None]] = {
    "none": _none,
    "transformers": _local,
    "openai+http": _remote,
    "openai+https": _remote,
}
