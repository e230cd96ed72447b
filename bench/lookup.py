"""Measure a local model's replies to lessons, with and without prompt lookup.

    python -m bench.lookup LESSONS.jsonl --first 20

`python -m bench.tune_base lessons` writes LESSONS.jsonl; `tune` holds out the first of them. Each prompt is answered
with guesses from the prompt, then without. Prints seconds and passes of the model per lesson and how many texts are the
same both ways; then the token F1 of the unchecked replies against the targets, and the share of replies of which every
sentence passes the check.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from transformers.generation import PromptLookupCandidateGenerator

from core.settings import load_settings
from core.weights.models import folder
from generation.metrics import token_f1
from generation.models import decoding, local
from generation.phrasing.check import check
from generation.phrasing.phrase import DECLINED, DECLINES, MAX_TOKENS
from learning.dataset.lessons import Lesson, from_content
from learning.dataset.lessons import plain as plain_text


@dataclass(slots=True)
class Run:
    """All texts, their total seconds, and the passes of the model."""

    texts: list[str]
    seconds: float = 0.0
    first_s: float = 0.0
    passes: int = 0


def main() -> None:
    """Read the arguments, measure, print two JSON objects."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lessons", type=Path)
    parser.add_argument("--model", default="smollm2-135m-answers")
    parser.add_argument("--first", type=int, default=20)
    parser.add_argument("--dtype", default="auto")
    given = parser.parse_args()
    stored = [from_content(json.loads(line)) for line in given.lessons.read_text(encoding="utf-8").splitlines()]
    lessons = [lesson for lesson in stored if lesson.passes_check() and lesson.target != DECLINED][: given.first]
    generator = local.TransformersGenerator(
        folder(load_settings().models_dir, given.model), given.model, dtype=given.dtype, banned_beginnings=DECLINES
    )
    guessing = run(generator, lessons)
    with patch.object(PromptLookupCandidateGenerator, "get_candidates", lambda _, text: (text, None)):
        plain = run(generator, lessons)
    same = sum(one == other for one, other in zip(guessing.texts, plain.texts, strict=True))
    figures = {"guessing": per_lesson(guessing), "plain": per_lesson(plain)}
    print(json.dumps({"lessons": len(lessons), "same": same} | figures))
    print(json.dumps(quality(lessons, guessing.texts)))


def run(generator: local.TransformersGenerator, lessons: Sequence[Lesson]) -> Run:
    """Answer every lesson's prompt."""
    done = Run([])
    read = decoding._logits

    def counted(*given: Any) -> Any:
        done.passes += 1
        return read(*given)

    with patch.object(decoding, "_logits", counted):
        for lesson in lessons:
            began = time.perf_counter()
            pieces: list[str] = []
            for piece in generator.stream(lesson.chat(), max_tokens=MAX_TOKENS):
                if not pieces:
                    done.first_s += time.perf_counter() - began
                pieces.append(piece)
            done.seconds += time.perf_counter() - began
            done.texts.append("".join(pieces))
    return done


def quality(lessons: Sequence[Lesson], texts: Sequence[str]) -> dict[str, float]:
    """Return the mean token F1 against the targets, and the share of replies that would be shown whole."""
    f1 = [token_f1(plain_text(text), lesson.target) for text, lesson in zip(texts, lessons, strict=True)]
    checks = [check(text, lesson.sources, lesson.question) for text, lesson in zip(texts, lessons, strict=True)]
    passes = [bool(checked) and all(each.passes for each in checked) for checked in checks]
    return {"token_f1": round(sum(f1) / len(f1), 3), "pass": round(sum(passes) / len(passes), 3)}


def per_lesson(done: Run) -> dict[str, float]:
    """Return the means per lesson."""
    count = len(done.texts)
    return {
        "seconds": round(done.seconds / count, 3),
        "first_s": round(done.first_s / count, 3),
        "passes": round(done.passes / count, 1),
        "words": round(sum(len(text.split()) for text in done.texts) / count, 1),
    }


if __name__ == "__main__":
    main()
