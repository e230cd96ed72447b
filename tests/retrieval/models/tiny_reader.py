"""A reader of random weights: two small layers and a vocabulary of forty words, saved, exported and opened for real."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from retrieval.models.reader_model import ReaderModel, save

TEXT = (
    "how do i change the filter of pump open lid lift old out and put a new one in close again before you start switch "
    "off warranty lasts two years keep receipt is red ? . : > clean it with water"
)
WORDS = TEXT.split()
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def make(folder: Path, seed: int = 3) -> Path:
    """Write `model.safetensors`, `config.json` and `tokenizer.json` and return the folder."""
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(SPECIAL) + len(WORDS),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=96,
        initializer_range=0.3,
    )
    model = ReaderModel(BertModel(config))
    for head in (model.whole, model.token):
        torch.nn.init.normal_(head.weight, std=0.5)
    save(model, folder)
    tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def tokenizer() -> Tokenizer:
    """Return a tokenizer of whole words that joins question and text as BERT's does."""
    vocabulary = {word: number for number, word in enumerate((*SPECIAL, *WORDS))}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    return made
