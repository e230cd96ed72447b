"""Write a tuned encoder of questions as int8 ONNX with its tokenizer, in the form that `retrieval` opens.

Dynamic quantization of the matrices and of the vocabulary, as in the embedder that it was tuned from.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import nn

from retrieval.models.embedder_onnx import MAX_TOKENS
from retrieval.models.onnx_session import open_tokenizer as open_file

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
INPUTS = ("input_ids", "attention_mask", "token_type_ids")


class _LastHidden(nn.Module):  # type: ignore[misc]
    """Returns only the hidden states of a BERT's last layer: (batch, tokens, width)."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        out = self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        hidden: torch.Tensor = out.last_hidden_state
        return hidden


def open_tokenizer(path: Path) -> Tokenizer:
    """Return the tokenizer, without padding, cut to the embedder's length. Raises WeightsError."""
    tokenizer = open_file(path)
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def export(model: Any, tokenizer: Path, folder: Path) -> None:
    """Write `model.onnx`, int8, and `tokenizer.json` to the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = torch.ones((2, 16), dtype=torch.long)
    axes = {name: {0: "batch", 1: "length"} for name in (*INPUTS, "last_hidden_state")}
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        plain = Path(scratch) / "plain.onnx"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                _LastHidden(model).cpu().eval(),
                (ids, ids, torch.zeros_like(ids)),
                str(plain),
                input_names=list(INPUTS),
                output_names=["last_hidden_state"],
                dynamic_axes=axes,
                opset_version=17,
                dynamo=False,
            )
        quantize_dynamic(plain, folder / MODEL, per_channel=True, weight_type=QuantType.QInt8)
    shutil.copyfile(tokenizer, folder / TOKENIZER)
