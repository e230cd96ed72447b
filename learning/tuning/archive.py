"""A zip of named files: what a tuned version is stored as, packed to the same bytes each time and read with suspicion.

Names are compared, never used as paths. What the files mean is known to `adapter_files` and `search_files`.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

from core.errors import StorageFull, WeightsError

MAX_BYTES = 2 << 30
_NO_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold, so that the same files give the same bytes


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the files as a zip; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _NO_TIME), content)
    return buffer.getvalue()


def read(data: bytes, allowed: Collection[Collection[str]], what: str) -> dict[str, bytes]:
    """Return the zip's files by name. `allowed` are the sets of names that it may hold, `what` is for the messages.

    Raises WeightsError.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if sorted(entry.filename for entry in entries) not in [sorted(names) for names in allowed]:
                wanted = " or ".join(", ".join(names) for names in allowed)
                raise WeightsError(f"The {what}'s archive must hold exactly these files: {wanted}.")
            if sum(entry.file_size for entry in entries) > MAX_BYTES:
                raise WeightsError(f"The {what}'s archive is larger than any {what} can be.")
            return {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise WeightsError(f"The {what}'s archive cannot be read: {error}.") from error


def write(files: Mapping[str, bytes], target: Path, card: str, what: str) -> None:
    """Write the files to the folder `target`, whole or not at all; `card` is the file that tells a whole folder.

    Another process may have done so first. Raises StorageFull.
    """
    staged = Path()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(dir=target.parent, prefix=".unpacking-"))
        for name, content in files.items():
            (staged / name).write_bytes(content)
        _swap(staged, target, card)
    except OSError as error:
        raise StorageFull(f"The {what} could not be written to {target}: {error.strerror}.") from error
    finally:
        if staged.name:
            shutil.rmtree(staged, ignore_errors=True)


def sha256(data: bytes) -> str:
    """Return the SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def _swap(staged: Path, target: Path, card: str) -> None:
    """Move the folder to `target` in place of a damaged one; another process may have done so first."""
    staged.chmod(0o755)
    if target.exists():
        shutil.rmtree(target, ignore_errors=True)
    try:
        os.replace(staged, target)
    except OSError:
        if not (target / card).is_file():
            raise
