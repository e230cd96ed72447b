"""Embeddings by the current embedder: the vectors that Vouch itself computes for these texts. Nothing is stored."""

from __future__ import annotations

import base64
from typing import Literal

import numpy as np
from fastapi import APIRouter

from api.auth import Asker
from api.deps import ServicesDep
from api.openai.errors import ModelNotFound
from api.openai.models import EVERYTHING
from api.openai.requests import EmbeddingsBody
from api.openai.responses import estimated_tokens
from api.reference import problems
from api.schemas.common import View
from core.errors import Invalid
from core.ports import Embedder, Vectors

router = APIRouter(prefix="/v1/embeddings", tags=["openai"])


class EmbeddingView(View):
    """A unit-length vector: numbers, or base64 of little-endian float32."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingUsageView(View):
    """Tokens, estimated as one for every four bytes of UTF-8."""

    prompt_tokens: int
    total_tokens: int
    estimated: Literal[True] = True


class EmbeddingsView(View):
    """Vectors in the order of the texts. `model` names the embedder; vectors of two embedders cannot be compared."""

    object: Literal["list"] = "list"
    data: list[EmbeddingView]
    model: str
    usage: EmbeddingUsageView


@router.post("", responses=problems(404, 413))
def embed(body: EmbeddingsBody, services: ServicesDep, caller: Asker) -> EmbeddingsView:
    """Turn texts into vectors. `model` is `vouch` or the name of the current embedder, which the response holds.

    A text that is longer than the embedder reads is cut, as passages are.
    """
    embedder = services.embedder
    if body.model not in (EVERYTHING, embedder.name):
        raise ModelNotFound(body.model)
    if body.dimensions not in (None, embedder.dimension):
        raise Invalid(f"`dimensions` can only be {embedder.dimension}: vectors of {embedder.name} are not shortened.")
    tokens = sum(estimated_tokens(text) for text in body.input)
    return EmbeddingsView(
        data=[
            EmbeddingView(index=index, embedding=_encoded(vector, body.encoding_format))
            for index, vector in enumerate(_vectors(embedder, body))
        ],
        model=embedder.name,
        usage=EmbeddingUsageView(prompt_tokens=tokens, total_tokens=tokens),
    )


def _vectors(embedder: Embedder, body: EmbeddingsBody) -> Vectors:
    if body.input_type == "query":
        return np.stack([embedder.embed_query(text) for text in body.input])
    return embedder.embed_passages(body.input)


def _encoded(vector: Vectors, encoding: Literal["float", "base64"]) -> list[float] | str:
    if encoding == "base64":
        return base64.b64encode(vector.astype("<f4").tobytes()).decode()
    numbers: list[float] = vector.tolist()
    return numbers
