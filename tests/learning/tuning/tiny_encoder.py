"""An embedder of random weights: two small layers and a vocabulary of whole words, for torch and as int8 ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from learning.tuning.query_files import export
from tests.retrieval.models.tiny_reader import SPECIAL, WORDS


def make(folder: Path, words: Sequence[str] = WORDS, seed: int = 3) -> Path:
    """Write weights, configuration and `tokenizer.json` and return the folder."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = BertConfig(
            vocab_size=len(SPECIAL) + len(words),
            hidden_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=96,
            initializer_range=0.3,
        )
        BertModel(config).save_pretrained(folder)
    tokenizer(words).save(str(folder / "tokenizer.json"))
    return folder


def make_onnx(folder: Path, words: Sequence[str]) -> Path:
    """Write the same with `model.onnx`, so that it serves as an embedder, and return the folder."""
    make(folder, words)
    export(BertModel.from_pretrained(folder).eval(), folder / "tokenizer.json", folder / "exported")
    (folder / "exported" / "model.onnx").rename(folder / "model.onnx")
    return folder


def tokenizer(words: Sequence[str]) -> Tokenizer:
    """Return a tokenizer of whole words."""
    vocabulary = {word: number for number, word in enumerate((*SPECIAL, *words))}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    return made
