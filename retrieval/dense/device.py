"""Parse what `VOUCH_INDEX_URL` says about the device that the base of the index is searched on.

Knows no faiss: `retrieval.dense.gpu` checks whether the device is available.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import SettingsError

CPU = "cpu"
OPTIONS = ("device", "fallback", "precision", "scratch_mb")


@dataclass(frozen=True, slots=True)
class Device:
    """Where to search the base: "cpu" or "cuda:N". The other fields are for a GPU only."""

    name: str = CPU
    float16: bool = False
    """Store the copy on the GPU in half precision: half the memory; scores differ in the fourth digit."""
    scratch_mb: int | None = None
    """Memory that faiss reserves for itself, in MiB; None leaves the choice to faiss, at most 1536."""
    or_cpu: bool = False
    """Start on the CPU where the GPU is not available, and report it."""

    @property
    def ordinal(self) -> int:
        """The number of the GPU."""
        return int(self.name.partition(":")[2])


def pop_device(options: dict[str, str]) -> Device:
    """Remove the device's options from a URL's options and return them parsed. Raises SettingsError for bad values."""
    given = {name: options.pop(name) for name in OPTIONS if name in options}
    name = _full_name(given.pop("device", CPU))
    if name == CPU and given:
        raise _wrong(f"{sorted(given)[0]!r} is for a GPU only.", "Add device=cuda:0, or leave it out.")
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
        raise _wrong(f"scratch_mb={text!r} is not a number of megabytes.", "Leave it out to let faiss choose.")
    return int(text)


def _wrong(message: str, hint: str) -> SettingsError:
    return SettingsError(f"VOUCH_INDEX_URL: {message}", hint=hint)
