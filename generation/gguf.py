"""Reads a GGUF file with transformers and writes safetensors. Knows no folder but the two that it is given.

When a conversion is needed, and that it appears whole or not at all, is `generation.convert`'s business.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging


def write(source: Path, staged: Path, manifest_name: str, form: int) -> None:
    """Write what `from_pretrained` opens into `staged`: bfloat16 safetensors, tokenizer, config, the manifest last."""
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
        "format": form,
        "source": source.name,
        "source_size": source.stat().st_size,
        "files": files,
        "weights_sha256": _sha256(staged / "model.safetensors"),
    }
    (staged / manifest_name).write_text(json.dumps(manifest, indent=2))
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


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
