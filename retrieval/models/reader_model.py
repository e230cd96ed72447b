"""The reader as a torch model: one encoder over question and text, a logit for the whole and one for each token.

After Provence (Chirkova et al. 2025, arXiv:2501.16214), which reranks and selects in one pass. A part's logit is the
mean of its tokens' logits, which is also what it is trained on. Knows tensors; `reader_onnx` serves the exported form.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import AutoModelForSequenceClassification, BertConfig, BertModel

from core.errors import WeightsError
from retrieval.models.dequantize import torch_folder

WEIGHTS = "model.safetensors"
CONFIG = "config.json"


class ReaderModel(nn.Module):  # type: ignore[misc]
    """Returns for a batch `(whole, tokens)`: whole (batch, 2) has relevance and answers, tokens (batch, length)."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        width = int(encoder.config.hidden_size)
        self.encoder = encoder
        self.whole = nn.Linear(width, 2)
        self.token = nn.Linear(width, 1)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        out = self.encoder(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        return self.whole(out.pooler_output), self.token(out.last_hidden_state)[..., 0]


def from_cross_encoder(folder: Path) -> ReaderModel:
    """Return an untrained reader whose encoder, and whose logit of relevance, are those of a cross-encoder."""
    scorer: Any = AutoModelForSequenceClassification.from_pretrained(torch_folder(folder), local_files_only=True)
    model = ReaderModel(scorer.bert)
    with torch.no_grad():
        model.whole.weight[:] = scorer.classifier.weight[0]
        model.whole.bias[:] = scorer.classifier.bias[0]
        nn.init.normal_(model.token.weight, std=0.02)
        model.token.bias.fill_(-2.0)
    return model


def save(model: ReaderModel, folder: Path) -> None:
    """Write weights and configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous().cpu() for name, tensor in model.state_dict().items()}, folder / WEIGHTS)
    (folder / CONFIG).write_text(json.dumps(model.encoder.config.to_diff_dict(), indent=2, sort_keys=True))


def load(folder: Path) -> ReaderModel:
    """Return a saved reader. Raises WeightsError."""
    try:
        config = BertConfig(**json.loads((folder / CONFIG).read_text()))
        model = ReaderModel(BertModel(config))
        model.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise WeightsError(f"{folder} holds no reader: {error}") from error
    model.eval()
    return model
