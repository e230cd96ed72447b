"""A GGUF file to safetensors, tokenizer and config, once, beside the file it came from.

transformers reads GGUF but dequantises for many seconds at each start; what is written here opens in one. It knows
the weights' form only: `generation.local` makes them speak.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

from core.errors import StorageFull, WeightsError

MANIFEST = "manifest.json"
CONVERTED = "converted"
FORMAT = 1


def converted(folder: Path) -> Path:
    """Return a folder that `from_pretrained` opens: `folder` itself, or `folder/converted`, made when missing.

    Raises WeightsError when there is neither safetensors nor one GGUF file, StorageFull when it cannot be written.
    """
    if (folder / "config.json").is_file():
        return folder
    sources = sorted(folder.glob("*.gguf"))
    if len(sources) != 1:
        reason = f"{folder} holds neither config.json nor exactly one GGUF file."
        raise WeightsError(reason, hint="Run `vouch models pull`.")
    target = folder / CONVERTED
    if not _is_whole(target, sources[0]):
        _convert(sources[0], target)
    return target


def _is_whole(target: Path, source: Path) -> bool:
    """Tell whether an earlier conversion of this very file was finished: the manifest is written last."""
    try:
        manifest = json.loads((target / MANIFEST).read_text())
        sizes = {name: (target / name).stat().st_size for name in manifest["files"]}
    except (OSError, ValueError, KeyError):
        return False
    made_from = {"format": FORMAT, "source": source.name, "source_size": source.stat().st_size}
    return bool(sizes == manifest["files"] and made_from.items() <= manifest.items())


def _convert(source: Path, target: Path) -> None:
    staged = Path()
    try:
        staged = Path(tempfile.mkdtemp(dir=target.parent, prefix=".converting-"))
        _write(source, staged)
        _swap(staged, target)
    except OSError as error:
        raise StorageFull(f"The weights could not be converted into {target}: {error}.") from error
    finally:
        if staged.name:
            shutil.rmtree(staged, ignore_errors=True)


def _write(source: Path, staged: Path) -> None:
    from generation.gguf import write  # loads torch, so only when there is something to convert

    write(source, staged, MANIFEST, FORMAT)


def _swap(staged: Path, target: Path) -> None:
    """Put the finished folder in place; another process may have been quicker, then its work stands."""
    if target.exists():
        shutil.rmtree(target, ignore_errors=True)
    try:
        os.replace(staged, target)
    except OSError:
        if not (target / MANIFEST).is_file():
            raise
