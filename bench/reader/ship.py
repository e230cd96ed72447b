"""Put a trained reader's ONNX file into this source tree, and its hash and size into the manifest.

`vouch models pull` copies it from there; a pull checks the hash, so the two belong into one commit.
"""

from __future__ import annotations

import re
import shutil
from hashlib import sha256
from pathlib import Path

from core.weights import models

SHIPPED = "retrieval/models/readers/vouch-reader-2/model.onnx"


def ship(folder: Path, *, tree: Path = models.TREE, manifest: Path = models.MANIFEST) -> str:
    """Copy `model.onnx` of the folder into the tree, change its line of the manifest, and return that line.

    Raises OSError if the folder has none, ValueError if the manifest has no line for it.
    """
    data = (folder / "model.onnx").read_bytes()
    line = f'member = "{SHIPPED}", path = "model.onnx", sha256 = "{sha256(data).hexdigest()}", size = {len(data)}'
    text, count = re.subn(rf'member = "{re.escape(SHIPPED)}", .*?size = \d+', line, manifest.read_text("utf-8"))
    if count != 1:
        raise ValueError(f"{manifest} has {count} lines for {SHIPPED}.")
    target = tree / SHIPPED
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / "model.onnx", target)
    manifest.write_text(text, "utf-8")
    return line
