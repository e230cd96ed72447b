"""An adapter's folder and the zip in which it is stored: three files by name, two of them with a sha256 on the card.

The content of a zip is checked before any file of it is used: names, sizes, hashes, the kind of adapter. Knows no model
and no database (`learning.registry`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from core.errors import WeightsError
from core.types import Json
from learning.tuning import archive

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
CARD = "card.json"
FILES = (WEIGHTS, CONFIG, CARD)


def write_card(folder: Path, *, base: str, tuning: Mapping[str, Json]) -> None:
    """Write the card: base, tuning and the files' hashes. Call this last: a card means that all files are there."""
    hashes = {name: archive.sha256((folder / name).read_bytes()) for name in (WEIGHTS, CONFIG)}
    card = {"format": 1, "base": base, "files": hashes, "tuning": dict(tuning)}
    (folder / CARD).write_text(json.dumps(card, indent=2, sort_keys=True))


def check(folder: Path) -> dict[str, Json]:
    """Return the card of a whole adapter. Raises WeightsError when a file is missing or its hash is not the card's."""
    try:
        return _checked({name: (folder / name).read_bytes() for name in FILES})
    except OSError as error:
        raise WeightsError(f"{folder} is not a whole adapter: {error.strerror}: {error.filename}.") from error


def pack(folder: Path) -> bytes:
    """Return the adapter as a zip; the same files give the same bytes. Raises WeightsError as `check` does."""
    check(folder)
    return archive.pack({name: (folder / name).read_bytes() for name in FILES})


def unpack(data: bytes, target: Path) -> None:
    """Write the adapter in `data` to the folder `target`, whole or not at all.

    Raises WeightsError for a zip that holds other files than the three or whose hashes do not match, StorageFull.
    """
    files = archive.read(data, [FILES], "adapter")
    _checked(files)
    archive.write({name: files[name] for name in FILES}, target, CARD, "adapter")


def _checked(files: Mapping[str, bytes]) -> dict[str, Json]:
    try:
        card, config = json.loads(files[CARD]), json.loads(files[CONFIG])
        hashes, kind = dict(card["files"]), config["peft_type"]
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError("The adapter's card or configuration cannot be read.") from error
    for name in (WEIGHTS, CONFIG):
        if hashes.get(name) != archive.sha256(files[name]):
            raise WeightsError(f"{name} does not match its hash on the adapter's card; it is not used.")
    if kind != "LORA" or config.get("auto_mapping"):
        raise WeightsError("The adapter is not plain LoRA; only LoRA in safetensors can be opened.")
    return dict(card)
