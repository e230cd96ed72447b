"""Rebuild a torch model from an int8 ONNX file of the BERT family, once, into `torch/` next to it.

For tuning and for GPUs where the original weights are missing: each int8 matrix becomes scale * (q - zero), so the
result gives the outputs of the ONNX file, not those of the original. Knows encoders, models with one logit and readers.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Container, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from safetensors.torch import save_file
from transformers import BertConfig

from core.errors import StorageFull, WeightsError
from retrieval.models import four_bit
from retrieval.models.spec import PREFIXES

TORCH = "torch"
SUFFIX = "_quantized"
HEADS = {"classifier": "BertForSequenceClassification", "whole": "BertModel"}
"""By the first name of a head's weights: the class of the model. A reader's heads are read by `reader_model`."""
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")
Arrays = Mapping[str, NDArray[np.float32]]


def torch_folder(folder: Path) -> Path:
    """Return the folder that sentence-transformers loads; build it at the first call.

    Several processes may call this at once: the folder appears complete or not at all. Raises WeightsError,
    StorageFull.
    """
    if any(folder.glob("*.safetensors")):
        return folder
    target = folder / TORCH
    if target.is_dir():
        return target
    model = next((folder / name for name in ("model.onnx", four_bit.FILE) if (folder / name).is_file()), None)
    if model is None:
        raise WeightsError(f"{folder} holds neither safetensors nor model.onnx.", hint="Run `vouch models pull`.")
    try:
        scratch = Path(tempfile.mkdtemp(dir=folder, prefix=".torch-"))
        try:
            _rebuild(model, scratch)
            scratch.chmod(0o755)
            os.rename(scratch, target)
        except FileExistsError:
            pass  # another process built it first
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    except OSError as error:
        if target.is_dir():
            return target
        raise StorageFull(f"The torch form of {folder.name} could not be written: {error.strerror}.") from error
    return target


def dequantized(model: Path) -> dict[str, NDArray[np.float32]]:
    """Read an ONNX file's weights as float32 by their torch names, matrices in torch's layout: (out, in).

    Raises WeightsError for a file that is not a BERT exported by torch and quantized by onnxruntime.
    """
    graph = onnx.load(str(model)).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    names = _names_of_matrices(graph, stored)
    weights: dict[str, NDArray[np.float32]] = {}
    for name, array in stored.items():
        if name.endswith(SUFFIX):
            base = name.removesuffix(SUFFIX)
            exact = _dequantize(array, stored[f"{base}_scale"], stored[f"{base}_zero_point"])
            weights[names.get(name, base)] = exact.T if name in names else exact
        elif name in names:
            weights[names[name]] = np.asarray(array, dtype=np.float32).T
        elif name.endswith((".weight", ".bias")):
            weights[name] = np.asarray(array, dtype=np.float32)
    for node in graph.node:  # the exporter stores equal arrays once
        if node.op_type == "Identity" and node.input[0] in weights:
            weights[node.output[0]] = weights[node.input[0]]
    if not any(name.endswith("word_embeddings.weight") for name in weights):
        raise WeightsError(f"{model} is not a quantized BERT: no torch model can be rebuilt from it.")
    return weights


def _dequantize(
    array: NDArray[np.generic], scale: NDArray[np.float32], zero: NDArray[np.generic]
) -> NDArray[np.float32]:
    """Undo the quantization; scale and zero are one number, or one per column."""
    return (array.astype(np.float32) - zero.astype(np.float32)) * scale.astype(np.float32)


def _names_of_matrices(graph: onnx.GraphProto, stored: Container[str]) -> dict[str, str]:
    """Map matrices to their torch names: the exporter lost these, but the multiplying node has the path."""
    names = {}
    for node in graph.node:
        if node.op_type in {"MatMulInteger", "MatMul"} and node.input[1] in stored:
            path = node.name.strip("/").rsplit("/", 1)[0]
            names[node.input[1]] = f"{path.replace('/', '.')}.weight"
    return names


def _rebuild(model: Path, target: Path) -> None:
    if model.name == four_bit.FILE:
        four_bit.rebuild(model, target, partial(_write_modules, target, model.parent.name, pooling="mean"))
        return
    weights = dequantized(model)
    head = next((name for name in HEADS if any(each.startswith(f"{name}.") for each in weights)), "")
    config = _config(model.parent, weights, HEADS.get(head, "BertModel"))
    config.save_pretrained(target)
    tensors = {name: torch.from_numpy(np.array(array)).contiguous() for name, array in weights.items()}
    for name in TOKENIZER_FILES:
        if (model.parent / name).is_file():
            shutil.copyfile(model.parent / name, target / name)
    if not head:  # no embedding uses the pooler, but loading requires it
        hidden = config.hidden_size
        tensors |= {"pooler.dense.weight": torch.zeros(hidden, hidden), "pooler.dense.bias": torch.zeros(hidden)}
        _write_modules(target, model.parent.name, config.hidden_size)
    save_file(tensors, str(target / "model.safetensors"), metadata={"format": "pt"})


def _config(folder: Path, weights: Arrays, kind: str) -> BertConfig:
    """Return the model's own config, else one with the sizes of the weights; heads usually have 32 or 64 dimensions."""
    own = folder / "config.json"
    given = json.loads(own.read_text()) if own.is_file() else _sizes(weights)
    given["architectures"] = [kind]
    given.pop("transformers_version", None)
    given.pop("_name_or_path", None)
    if kind == HEADS["classifier"]:
        given |= {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}
    return BertConfig(**given)


def _sizes(weights: Arrays) -> dict[str, object]:
    def shape(ending: str) -> tuple[int, ...]:
        return next(array.shape for name, array in weights.items() if name.endswith(ending))

    vocabulary, hidden = shape("word_embeddings.weight")
    layers = {name.split("layer.")[1].split(".")[0] for name in weights if "layer." in name}
    return {
        "vocab_size": vocabulary,
        "hidden_size": hidden,
        "num_hidden_layers": len(layers),
        "num_attention_heads": hidden // (32 if hidden < 512 else 64),
        "intermediate_size": shape("intermediate.dense.weight")[0],
        "max_position_embeddings": shape("position_embeddings.weight")[0],
        "type_vocab_size": shape("token_type_embeddings.weight")[0],
    }


def _write_modules(target: Path, name: str, hidden: int, pooling: str = "cls") -> None:
    """Write the files that sentence-transformers reads: encoder, pooling, normalization, and both prefixes."""
    kinds = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    modules = [
        {"idx": at, "name": str(at), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for at, (path, kind) in enumerate(kinds)
    ]
    files: dict[str, object] = {
        "modules.json": modules,
        "sentence_bert_config.json": {"max_seq_length": 512, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": hidden,
            "pooling_mode_cls_token": pooling == "cls",
            "pooling_mode_mean_tokens": pooling == "mean",
        },
        "config_sentence_transformers.json": {
            "prompts": dict(zip(("query", "passage"), PREFIXES.get(name, ("", "")), strict=True))
        },
    }
    for path, content in files.items():
        (target / path).parent.mkdir(exist_ok=True)
        (target / path).write_text(json.dumps(content, indent=1))
