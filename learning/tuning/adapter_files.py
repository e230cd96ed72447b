"""An adapter's folder and the zip in which it is stored: three files by name, two of them with a sha256 on the card.

The content of a zip is checked before any file of it is used: names, sizes, hashes, the kind of adapter. Knows no model
and no database (`learning.registry`).
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from core.errors import StorageFull, WeightsError
from core.types import Json

WEIGHTS = "adapter_model.safetensors"
CONFIG = "adapter_config.json"
CARD = "card.json"
FILES = (WEIGHTS, CONFIG, CARD)
MAX_BYTES = 2 << 30
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold, so that the same files give the same bytes


def write_card(folder: Path, *, base: str, tuning: Mapping[str, Json]) -> None:
    """Write the card: base, tuning and the files' hashes. Call this last: a card means that all files are there."""
    hashes = {name: _sha256((folder / name).read_bytes()) for name in (WEIGHTS, CONFIG)}
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
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in FILES:
            archive.writestr(zipfile.ZipInfo(name, _NO_TIME), (folder / name).read_bytes())
    return buffer.getvalue()


def unpack(data: bytes, target: Path) -> None:
    """Write the adapter in `data` to the folder `target`, whole or not at all.

    Raises WeightsError for a zip that holds other files than the three or whose hashes do not match, StorageFull.
    """
    files = _read(data)
    _checked(files)
    staged = Path()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(dir=target.parent, prefix=".unpacking-"))
        for name in FILES:
            (staged / name).write_bytes(files[name])
        _swap(staged, target)
    except OSError as error:
        raise StorageFull(f"The adapter could not be written to {target}: {error.strerror}.") from error
    finally:
        if staged.name:
            shutil.rmtree(staged, ignore_errors=True)


def _read(data: bytes) -> dict[str, bytes]:
    """Return the zip's files by name. Names are compared, never used as paths."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sorted(entry.filename for entry in entries) != sorted(FILES):
                raise WeightsError("The adapter's archive must hold exactly the three files of an adapter.")
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise WeightsError("The adapter's archive is larger than any adapter can be.")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise WeightsError(f"The adapter's archive cannot be read: {error}.") from error


def _checked(files: Mapping[str, bytes]) -> dict[str, Json]:
    try:
        card, config = json.loads(files[CARD]), json.loads(files[CONFIG])
        hashes, kind = dict(card["files"]), config["peft_type"]
    except (ValueError, KeyError, TypeError) as error:
        raise WeightsError("The adapter's card or configuration cannot be read.") from error
    for name in (WEIGHTS, CONFIG):
        if hashes.get(name) != _sha256(files[name]):
            raise WeightsError(f"{name} does not match its hash on the adapter's card; it is not used.")
    if kind != "LORA" or config.get("auto_mapping"):
        raise WeightsError("The adapter is not plain LoRA; only LoRA in safetensors can be opened.")
    return dict(card)


def _swap(staged: Path, target: Path) -> None:
    """Move the folder to `target` in place of a damaged one; another process may have done so first."""
    staged.chmod(0o755)
    if target.exists():
        shutil.rmtree(target, ignore_errors=True)
    try:
        os.replace(staged, target)
    except OSError:
        if not (target / CARD).is_file():
            raise


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
