"""The text that an embedding model wants in front of a question and of a passage.

A model folder may name its own; for known models without such a file this module holds them. Knows no runtime.
"""

from __future__ import annotations

import json

from retrieval.models.spec import ModelSpec

PREFIXES = {
    "bge-small-en-v1.5": ("Represent this sentence for searching relevant passages: ", ""),
    "multilingual-e5-small": ("query: ", "passage: "),
}
"""By model name: the prefix of a question and the prefix of a passage."""


def find_prefixes(spec: ModelSpec) -> tuple[str, str]:
    """Return the prefix of a question and that of a passage: from the model's folder, else from `PREFIXES`."""
    config = spec.folder / "config_sentence_transformers.json"
    prompts = json.loads(config.read_text()).get("prompts", {}) if config.is_file() else {}
    known = PREFIXES.get(spec.name, ("", ""))
    return str(prompts.get("query") or known[0]), str(prompts.get("passage") or prompts.get("document") or known[1])
