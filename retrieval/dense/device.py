"""What `VOUCH_INDEX_URL` says of the device that the index's base is searched on.

Knows no faiss: `retrieval.dense.gpu` finds out whether the device can be had, and what to do when not.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import SettingsError

CPU = "cpu"
OPTIONS = ("device", "fallback", "precision", "scratch_mb")


@dataclass(frozen=True, slots=True)
class Device:
    """Where the base shall be searched: "cpu" or "cuda:N". The rest is about a GPU alone."""

    name: str = CPU
    float16: bool = False
    """Keep the copy on the GPU in half precision: half the memory, and scores that differ in the fourth digit."""
    scratch_mb: int | None = None
    """Memory that faiss reserves for its own use; None leaves its choice, at most 1536."""
    or_cpu: bool = False
    """Start on the CPU where the GPU cannot be had, and say so."""

    @property
    def ordinal(self) -> int:
        """The number of the GPU."""
        return int(self.name.partition(":")[2])


def take_device(options: dict[str, str]) -> Device:
    """Take what is about the device out of a URL's options. Raises SettingsError for what makes no sense."""
    given = {name: options.pop(name) for name in OPTIONS if name in options}
    name = _full_name(given.pop("device", CPU))
    if name == CPU and given:
        raise _wrong(f"{sorted(given)[0]!r} is about a GPU.", "Add device=cuda:0, or leave it out.")
    precision, fallback = given.get("precision", "float32"), given.get("fallback")
    if precision not in ("float32", "float16"):
        raise _wrong(f"there is no precision {precision!r} of an index.", "Use float32 or float16.")
    if fallback not in (None, CPU):
        raise _wrong(f"there is no fallback {fallback!r}.", "Use fallback=cpu, or leave it out.")
    return Device(name, precision == "float16", _megabytes(given.get("scratch_mb")), fallback == CPU)


def _full_name(device: str) -> str:
    name, _, number = device.partition(":")
    if device == CPU:
        return CPU
    if name != "cuda" or not (number or "0").isdecimal():
        raise _wrong(f"there is no device {device!r}.", "Use cpu or cuda:0.")
    return f"cuda:{int(number or 0)}"


def _megabytes(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal():
        raise _wrong(f"scratch_mb={text!r} is no number of megabytes.", "Leave it out for faiss's own choice.")
    return int(text)


def _wrong(message: str, hint: str) -> SettingsError:
    return SettingsError(f"VOUCH_INDEX_URL: {message}", hint=hint)
