"""Rebuild a torch model and its tokenizer from one packed 4-bit file of multilingual-e5 ("E5S1").

The file holds sizes, a unigram vocabulary with scores, a table of characters to replace, a directory, and matrices in
blocks of 32 four-bit numbers with one scale. Bounds are checked and nothing in the file is executed. The table equals
SentencePiece's normalization, which `tokenizers` has built in.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import BertConfig

from core.errors import WeightsError

FILE = "e5-small-q4.bin"
MAGIC = b"E5S1"
BLOCK = 32
PACKED = np.dtype([("scale", "<f2"), ("pairs", "u1", BLOCK // 2)])
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_SIZES = struct.Struct("<7if6i")
_ENTRY = struct.Struct("<BIQQ")
_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_ENDINGS = {"w": "weight", "b": "bias"}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class Packed:
    """The contents of the file: the model's shape, pieces with their scores, and float32 weights by torch names."""

    config: Mapping[str, int | float]
    pieces: tuple[tuple[str, float], ...]
    weights: Mapping[str, NDArray[np.float32]]


def rebuild(packed: Path, target: Path, write_modules: Callable[[int], None]) -> None:
    """Write config, tokenizer and weights into a folder. Raises WeightsError for a file in another format."""
    model = read_packed(packed)
    config = BertConfig(**model.config, architectures=["BertModel"], pad_token_id=1, dtype="float32")
    config.save_pretrained(target)
    tokenizer(model.pieces).save(str(target / "tokenizer.json"))
    (target / "tokenizer_config.json").write_text(json.dumps(_TOKENIZER_CONFIG, indent=1))
    write_modules(int(model.config["hidden_size"]))
    tensors = {name: torch.from_numpy(array).contiguous() for name, array in model.weights.items()}
    hidden = config.hidden_size  # no embedding uses the pooler, but loading requires it
    tensors |= {"pooler.dense.weight": torch.zeros(hidden, hidden), "pooler.dense.bias": torch.zeros(hidden)}
    save_file(tensors, str(target / "model.safetensors"), metadata={"format": "pt"})


def read_packed(path: Path) -> Packed:
    """Read a packed file. Raises WeightsError."""
    try:
        return _read(memoryview(path.read_bytes()))
    except (struct.error, ValueError, KeyError, IndexError, OSError) as error:
        raise WeightsError(
            f"{path} is not a packed 4-bit e5 model: {error}.", hint="Run `vouch models verify`."
        ) from error


def unpack_blocks(blocks: NDArray[np.void]) -> NDArray[np.float32]:
    """Return the numbers of 4-bit blocks: a byte's low half belongs to the first sixteen, its high half to the last."""
    numbers = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=-1).astype(np.float32) - 8
    scaled: NDArray[np.float32] = numbers * blocks["scale"].astype(np.float32)[..., np.newaxis]
    return scaled.reshape(-1)


def tokenizer(pieces: tuple[tuple[str, float], ...]) -> Tokenizer:
    """Return the unigram tokenizer for XLM-RoBERTa's pieces."""
    built = Tokenizer(Unigram(list(pieces), unk_id=SPECIAL.index("<unk>"), byte_fallback=False))
    built.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    built.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    built.decoder = decoders.Metaspace()
    built.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    built.add_special_tokens([*SPECIAL, "<mask>"])
    return built


_TOKENIZER_CONFIG = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "model_max_length": 512,
    "bos_token": "<s>",
    "cls_token": "<s>",
    "eos_token": "</s>",
    "sep_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "mask_token": "<mask>",
}


def _read(data: memoryview) -> Packed:
    if bytes(data[:4]) != MAGIC:
        raise ValueError(f"it begins with {bytes(data[:4])!r}")
    hidden, layers, heads, inner, vocabulary, positions, _, epsilon, block, count, *_ = _SIZES.unpack_from(data, 8)
    if block != BLOCK:
        raise ValueError(f"its blocks hold {block} numbers")
    pieces, at = _pieces(data, 8 + _SIZES.size, count)
    _, length = struct.unpack_from("<iI", data, at)  # skips the table of characters
    weights = _weights(data, at + 8 + length, hidden)
    config = {
        "vocab_size": vocabulary,
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        "max_position_embeddings": positions,
        "type_vocab_size": len(weights["embeddings.token_type_embeddings.weight"]),
        "layer_norm_eps": epsilon,
    }
    return Packed(config, pieces, weights)


def _pieces(data: memoryview, at: int, count: int) -> tuple[tuple[tuple[str, float], ...], int]:
    (length,) = struct.unpack_from("<Q", data, at)
    ends = np.frombuffer(data, "<u4", count + 1, at + 8)
    scores = np.frombuffer(data, "<f4", count, at + 8 + ends.nbytes)
    begin = at + 8 + ends.nbytes + scores.nbytes
    blob = bytes(data[begin : begin + length])
    texts = [blob[start:end].decode() for start, end in pairwise(ends)]
    if tuple(texts[: len(SPECIAL)]) != SPECIAL:
        raise ValueError("its vocabulary does not begin as XLM-RoBERTa's does")
    return tuple(zip(texts, map(float, scores), strict=True)), begin + length


def _weights(data: memoryview, at: int, hidden: int) -> dict[str, NDArray[np.float32]]:
    (entries,) = struct.unpack_from("<i", data, at)
    at += 4
    weights = {}
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", data, at)
        name = bytes(data[at + 2 : at + 2 + length]).decode()
        kind, count, offset, _ = _ENTRY.unpack_from(data, at + 2 + length)
        at += 2 + length + _ENTRY.size
        flat = _numbers(data, kind, count, offset)
        weights[_torch_name(name)] = flat if flat.size == hidden and "type" not in name else _shaped(name, flat, hidden)
    return weights


def _numbers(data: memoryview, kind: int, count: int, offset: int) -> NDArray[np.float32]:
    if kind == 1:
        return unpack_blocks(np.frombuffer(data, PACKED, count // BLOCK, offset))
    return np.frombuffer(data, "<f4", count, offset).astype(np.float32)


def _shaped(name: str, flat: NDArray[np.float32], hidden: int) -> NDArray[np.float32]:
    if name.endswith(".b"):
        return flat
    return flat.reshape((hidden, -1) if name.endswith(".fo.w") else (-1, hidden))


def _torch_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, ending = name.split(".")
    return f"encoder.layer.{int(layer.removeprefix('l'))}.{_NAMES[part]}.{_ENDINGS[ending]}"
