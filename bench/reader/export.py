"""Write a trained reader as an int8 ONNX file: dynamic quantization of the matrices, the two heads stay as they are."""

from __future__ import annotations

import tempfile
import warnings
from hashlib import sha256
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from retrieval.models.reader_model import load

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
HEADS = ["/whole/Gemm_MatMul", "/token/MatMul"]
"""Nodes of the two heads as the quantizer sees them: it makes a MatMul of a Gemm first, with a name of its own."""


def export(folder: Path) -> str:
    """Write `model.onnx` beside the weights and return its sha256 and size."""
    target = folder / "model.onnx"
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "plain.onnx"
        export_plain(folder, plain)
        quantize_dynamic(plain, target, per_channel=True, weight_type=QuantType.QInt8, nodes_to_exclude=HEADS)
    return f"{sha256(target.read_bytes()).hexdigest()} {target.stat().st_size}"


def export_plain(folder: Path, target: Path) -> None:
    """Write the reader as it was trained, in float32."""
    ids = torch.ones((2, 16), dtype=torch.long)
    names = {name: {0: "batch", 1: "length"} for name in INPUTS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            load(folder),
            (ids, ids, torch.zeros_like(ids)),
            str(target),
            input_names=list(INPUTS),
            output_names=["whole", "tokens"],
            dynamic_axes={**names, "whole": {0: "batch"}, "tokens": {0: "batch", 1: "length"}},
            opset_version=17,
            dynamo=False,
        )
