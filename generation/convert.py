"""A GGUF file to safetensors, tokenizer and config, once, beside the file it came from.

transformers reads GGUF but dequantises for many seconds at each start; what is written here opens in one. It knows
the weights' form only: `generation.local` makes them speak.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

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
    logging.disable_progress_bar()  # type: ignore[no-untyped-call,unused-ignore]
    location = {"pretrained_model_name_or_path": str(source.parent), "gguf_file": source.name, "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(**location)
    model = AutoModelForCausalLM.from_pretrained(**location, dtype=torch.float32)
    tokenizer.save_pretrained(staged)
    config = {k: v for k, v in model.config.to_dict().items() if k not in {"quantization_config", "_name_or_path"}}
    config |= {"architectures": [type(model).__name__], "dtype": "bfloat16"}
    (staged / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True))
    # four-bit weights lose nothing that matters in sixteen, and the file opens twice as fast
    save_file(_own_tensors(model), staged / "model.safetensors", metadata={"format": "pt"})
    files = {path.name: path.stat().st_size for path in sorted(staged.iterdir())}
    manifest = {
        "format": FORMAT,
        "source": source.name,
        "source_size": source.stat().st_size,
        "files": files,
        "weights_sha256": _sha256(staged / "model.safetensors"),
    }
    (staged / MANIFEST).write_text(json.dumps(manifest, indent=2))
    staged.chmod(0o755)  # mkdtemp made it private; a worker may run as another user than the one that pulled
    for path in staged.iterdir():
        path.chmod(0o644)


def _own_tensors(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return each tensor once: tied weights share memory and safetensors refuses twins."""
    seen: set[int] = set()
    tensors = {}
    for name, tensor in model.state_dict().items():
        if tensor.data_ptr() not in seen:
            seen.add(tensor.data_ptr())
            tensors[name] = tensor.to(torch.bfloat16).contiguous()
    return tensors


def _swap(staged: Path, target: Path) -> None:
    """Put the finished folder in place; another process may have been quicker, then its work stands."""
    if target.exists():
        shutil.rmtree(target, ignore_errors=True)
    try:
        os.replace(staged, target)
    except OSError:
        if not (target / MANIFEST).is_file():
            raise


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
