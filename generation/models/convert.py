"""A GGUF file, and an adapter where one lies beside it, to safetensors, tokenizer and config, once.

transformers reads GGUF but dequantises for many seconds at each start; what is written here opens in one. It knows
the weights' form only: `generation.models.local` makes them speak.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from core.errors import StorageFull, WeightsError
from core.types import Json

ADAPTER = "adapter"
"""Folder of the adapter that is part of a model: it is merged into the weights, which then are those of any model."""
WEIGHTS = "adapter_model.safetensors"
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
    same = all(manifest.get(name) == value for name, value in _made_from(source).items())
    return bool(same and sizes == manifest["files"])


def _made_from(source: Path) -> dict[str, Json]:
    """Return what tells one conversion from another."""
    adapter = source.parent / ADAPTER / WEIGHTS
    return {
        "format": FORMAT,
        "source": source.name,
        "source_size": source.stat().st_size,
        "adapter_sha256": hashlib.sha256(adapter.read_bytes()).hexdigest() if adapter.is_file() else None,
    }


def _convert(source: Path, target: Path) -> None:
    staged = Path()
    try:
        staged = Path(tempfile.mkdtemp(dir=target.parent, prefix=".converting-"))
        files = _write(source, staged)
        (staged / MANIFEST).write_text(json.dumps(_made_from(source) | {"files": files}, indent=2))
        staged.chmod(0o755)  # mkdtemp made it private; a worker may run as another user than the one that pulled
        for path in staged.iterdir():
            path.chmod(0o644)
        _swap(staged, target)
    except OSError as error:
        raise StorageFull(f"The weights could not be converted into {target}: {error}.") from error
    finally:
        if staged.name:
            shutil.rmtree(staged, ignore_errors=True)


def _write(source: Path, staged: Path) -> dict[str, int]:
    from generation.models.gguf import write  # loads torch, so only when there is something to convert

    adapter = source.parent / ADAPTER
    return write(source, staged, adapter if (adapter / WEIGHTS).is_file() else None)


def _swap(staged: Path, target: Path) -> None:
    """Put the finished folder in place; another process may have been quicker, then its work stands."""
    if target.exists():
        shutil.rmtree(target, ignore_errors=True)
    try:
        os.replace(staged, target)
    except OSError:
        if not (target / MANIFEST).is_file():
            raise
