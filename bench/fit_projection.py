"""Fit the projection of token vectors: python -m bench.fit_projection TEXTS.txt… [--dimension 96] --out FILE.npy

Each paragraph (separated by empty lines) is encoded as a passage. The projection consists of the directions in which
the tokens vary most (principal components without centring, since inner products are what counts). Writes FILE.npy and
prints how much of the tokens' length the projection keeps. Do not use texts of a judged set.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from core.ports import Vectors
from core.settings import load_settings
from core.weights.models import folder
from retrieval.models.late_onnx import MAX_TOKENS, PASSAGE
from retrieval.models.onnx_session import OnnxEncoder
from retrieval.models.token_pack import unit_rows

LEAST_WORDS = 5


def main() -> None:
    """Read the arguments, fit, and print how much of the tokens' length the projection keeps."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--dimension", type=int, default=96)
    parser.add_argument("--model", default="answerai-colbert-small-v1")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    at = folder(load_settings().models_dir, args.model)
    encoder = OnnxEncoder(at / "model.onnx", at / "tokenizer.json", max_tokens=MAX_TOKENS, threads=0)
    tokens = np.concatenate(list(token_vectors(encoder, paragraphs(args.texts))))
    projection, kept = fit(tokens, args.dimension)
    np.save(args.out, projection.astype(np.float16))
    print(f"{len(tokens)} tokens; {args.dimension} of {tokens.shape[1]} dimensions keep {kept:.3f} of their length")


def paragraphs(files: Sequence[Path]) -> Iterator[str]:
    """Yield each paragraph of more than a few words once."""
    every = (part.strip() for file in files for part in file.read_text(encoding="utf-8").split("\n\n"))
    yield from dict.fromkeys(part for part in every if len(part.split()) > LEAST_WORDS)


def token_vectors(encoder: OnnxEncoder, texts: Iterator[str]) -> Iterator[Vectors]:
    """Yield (tokens, width) unit vectors of each text, encoded like a passage."""
    mark = encoder.token_id(PASSAGE)
    assert mark is not None
    for text in texts:
        first, *rest = encoder.encode([text])[0].ids
        yield unit_rows(encoder.run_ids([first, mark, *rest]))


def fit(tokens: Vectors, dimension: int) -> tuple[Vectors, float]:
    """Return (width, dimension) orthonormal columns, and the share of the squared length that they keep."""
    spread, directions = np.linalg.eigh(tokens.T @ tokens)
    projection: Vectors = directions[:, ::-1][:, :dimension].astype(np.float32)
    return projection, float(spread[::-1][:dimension].sum() / spread.sum())


if __name__ == "__main__":
    main()
