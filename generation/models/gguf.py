"""Read a GGUF file with transformers, merge an adapter, write safetensors.

Knows only the folders that it is given. `generation.models.convert` decides when a conversion is needed and publishes
the result complete or not at all.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from peft import PeftModel
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging


def write(source: Path, staged: Path, adapter: Path | None) -> dict[str, int]:
    """Write bfloat16 safetensors, tokenizer and config for `from_pretrained`; return the sizes of the files."""
    logging.disable_progress_bar()  # type: ignore[no-untyped-call,unused-ignore]
    location = {"pretrained_model_name_or_path": str(source.parent), "gguf_file": source.name, "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(**location)
    model = AutoModelForCausalLM.from_pretrained(**location, dtype=torch.float32)
    tokenizer.save_pretrained(staged)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()
    config = {k: v for k, v in model.config.to_dict().items() if k not in {"quantization_config", "_name_or_path"}}
    config |= {"architectures": [type(model).__name__], "dtype": "bfloat16"}
    (staged / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True))
    # sixteen bits lose nothing that matters of four-bit weights, and the file opens twice as fast as with float32
    save_file(_own_tensors(model), staged / "model.safetensors", metadata={"format": "pt"})
    return {path.name: path.stat().st_size for path in sorted(staged.iterdir())}


def _own_tensors(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Return each tensor once: tied weights share memory, and safetensors refuses two names for one tensor."""
    seen: set[int] = set()
    tensors = {}
    for name, tensor in model.state_dict().items():
        if tensor.data_ptr() not in seen:
            seen.add(tensor.data_ptr())
            tensors[name] = tensor.to(torch.bfloat16).contiguous()
    return tensors
