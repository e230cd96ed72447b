"""A packed 4-bit model becomes a torch model that embeds; a file of another form is an error in words."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from core.errors import WeightsError
from core.settings import Settings
from retrieval.models import four_bit
from retrieval.models.dequantize import torch_folder
from retrieval.models.embedder import open_embedder
from retrieval.models.four_bit import PACKED, read_packed, tokenizer, unpack_blocks

HIDDEN, INNER, POSITIONS = 32, 64, 48
PIECES = (*four_bit.SPECIAL, "▁", "▁lamp", "▁la", "mp", "Ä", "▁Lampe", "▁query", "▁passage", "<mask>")
PARTS = ("q", "k", "v", "ao")


def packed_file(folder: Path) -> Path:
    """Write a random model of one layer in the packed form."""
    random = np.random.default_rng(7)
    tensors: list[tuple[str, int, int, bytes]] = []

    def matrix(name: str, rows: int, columns: int) -> None:
        blocks = np.zeros(rows * columns // four_bit.BLOCK, dtype=PACKED)
        blocks["scale"] = random.uniform(0.01, 0.05, len(blocks))
        blocks["pairs"] = random.integers(0, 256, blocks["pairs"].shape)
        tensors.append((name, 1, rows * columns, blocks.tobytes()))

    def numbers(name: str, *values: float) -> None:
        tensors.append((name, 0, len(values), np.array(values, dtype="<f4").tobytes()))

    matrix("emb.word", len(PIECES), HIDDEN)
    numbers("emb.pos", *random.normal(0, 0.1, POSITIONS * HIDDEN))
    numbers("emb.type", *[0.0] * (2 * HIDDEN))
    for name, rows, columns in (
        *((part, HIDDEN, HIDDEN) for part in PARTS),
        ("fi", INNER, HIDDEN),
        ("fo", HIDDEN, INNER),
    ):
        matrix(f"l0.{name}.w", rows, columns)
        numbers(f"l0.{name}.b", *random.normal(0, 0.1, rows))
    for name in ("emb.ln", "l0.aln", "l0.oln"):
        numbers(f"{name}.w", *[1.0] * HIDDEN)
        numbers(f"{name}.b", *[0.0] * HIDDEN)

    encoded = [piece.encode() for piece in PIECES]
    sizes = (HIDDEN, 1, 2, INNER, len(PIECES), POSITIONS, 2, 1e-12, four_bit.BLOCK, len(PIECES), 0, 2, 1, 3)
    head = b"E5S1" + struct.pack("<I7if6i", 1, *sizes) + struct.pack("<Q", sum(map(len, encoded)))
    head += np.cumsum([0, *map(len, encoded)]).astype("<u4").tobytes()
    head += np.linspace(-1, -8, len(PIECES)).astype("<f4").tobytes() + b"".join(encoded) + struct.pack("<iI", 0, 0)
    at = len(head) + 4 + sum(2 + len(name.encode()) + 21 for name, *_ in tensors)
    directory = struct.pack("<i", len(tensors))
    for name, kind, count, data in tensors:
        directory += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, count, at, len(data))
        at += len(data)
    path = folder / four_bit.FILE
    path.write_bytes(head + directory + b"".join(data for *_, data in tensors))
    return path


def test_four_bits_are_a_scale_times_a_number_from_minus_8_to_7() -> None:
    block = np.zeros(1, dtype=PACKED)
    block["scale"], block["pairs"][0, 0], block["pairs"][0, 15] = 0.5, 0xF0, 0x9A

    numbers = unpack_blocks(block)

    assert (numbers[0], numbers[16], numbers[15], numbers[31]) == (-4.0, 3.5, 1.0, 0.5)
    assert len(numbers) == 32


def test_a_packed_file_gives_shape_pieces_and_weights_by_torchs_names(tmp_path: Path) -> None:
    packed = read_packed(packed_file(tmp_path))

    assert (packed.config["hidden_size"], packed.config["num_attention_heads"]) == (HIDDEN, 2)
    assert [text for text, _ in packed.pieces] == list(PIECES)
    assert packed.weights["encoder.layer.0.output.dense.weight"].shape == (HIDDEN, INNER)
    assert packed.weights["embeddings.LayerNorm.bias"].shape == (HIDDEN,)


def test_texts_are_normalized_and_cut_into_the_likeliest_pieces() -> None:
    made = tokenizer(tuple((piece, -float(at)) for at, piece in enumerate(PIECES)))

    assert made.encode("ｌａｍｐ   la\n Lampe ").tokens == ["<s>", "▁lamp", "▁la", "▁Lampe", "</s>"]
    assert made.encode("lamp Ω").tokens[-2:] == ["Ω", "</s>"]
    assert made.encode("lamp Ω").ids[-2] == PIECES.index("<unk>")


def test_a_packed_model_is_rebuilt_once_and_embeds_with_a_prefix_for_each_side(
    tmp_path: Path, settings: Settings
) -> None:
    folder = tmp_path / "multilingual-e5-small"
    folder.mkdir()
    packed_file(folder)

    rebuilt = torch_folder(folder)
    model = open_embedder(settings.model_copy(update={"embedder_url": f"sentence-transformers://{rebuilt}"}))
    vectors = model.embed_passages(["lamp", "Lampe lamp"])

    assert model.dimension == HIDDEN
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)
    assert not np.allclose(model.embed_query("lamp"), vectors[0])
    assert torch_folder(folder) == rebuilt


@pytest.mark.parametrize("kept", [0, 3, 40, 300, 3000])
def test_a_file_cut_short_is_an_error_in_words(tmp_path: Path, kept: int) -> None:
    path = packed_file(tmp_path)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(WeightsError, match="not a packed 4-bit"):
        read_packed(path)
