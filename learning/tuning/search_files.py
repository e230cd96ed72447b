"""A search version's folder and the zip in which it is stored: weights of the lists, and a tuned encoder if any.

`profile.json` holds the weights, the embedding space and the hash of every other file; it is written last. Knows no
model and no database (`learning.search_profiles`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from core.errors import WeightsError
from core.types import Json
from learning.tuning import archive
from retrieval.ranking.fusion import DEFAULT_WEIGHTS, Weights

CARD = "profile.json"
ENCODER = ("model.onnx", "tokenizer.json")
WHAT = "search version"


@dataclass(frozen=True, slots=True)
class SearchCard:
    """What a search version changes: `space` is the embedding space, `prefix` what the encoder needs before a question.

    `encoder` says whether the version has an encoder of its own.
    """

    space: str
    weights: Weights = DEFAULT_WEIGHTS
    by_collection: Mapping[str, Weights] = field(default_factory=dict)
    prefix: str = ""
    encoder: bool = False


def write_card(folder: Path, card: SearchCard) -> None:
    """Write `profile.json`. Call this last: a card means that all files are there."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ENCODER if card.encoder else ()
    hashes = {name: archive.sha256((folder / name).read_bytes()) for name in names}
    stored = {
        "format": 1,
        "space": card.space,
        "prefix": card.prefix,
        "weights": asdict(card.weights),
        "collections": {name: asdict(weights) for name, weights in card.by_collection.items()},
        "files": hashes,
    }
    (folder / CARD).write_text(json.dumps(stored, indent=2, sort_keys=True), encoding="utf-8")


def check(folder: Path) -> SearchCard:
    """Return the card of a whole version. Raises WeightsError when a file is missing or its hash is not the card's."""
    try:
        files = {CARD: (folder / CARD).read_bytes()}
        files |= {name: (folder / name).read_bytes() for name in ENCODER if (folder / name).is_file()}
    except OSError as error:
        raise WeightsError(f"{folder} is not a whole search version: {error.strerror}: {error.filename}.") from error
    return _checked(files)


def pack(folder: Path) -> bytes:
    """Return the version as a zip; the same files give the same bytes. Raises WeightsError as `check` does."""
    names = (*ENCODER, CARD) if check(folder).encoder else (CARD,)
    return archive.pack({name: (folder / name).read_bytes() for name in names})


def unpack(data: bytes, target: Path) -> None:
    """Write the version in `data` to the folder `target`, whole or not at all. Raises WeightsError, StorageFull."""
    files = archive.read(data, [(CARD,), (*ENCODER, CARD)], WHAT)
    _checked(files)
    archive.write(files, target, CARD, WHAT)


def _checked(files: Mapping[str, bytes]) -> SearchCard:
    try:
        stored = json.loads(files[CARD])
        hashes: dict[str, str] = dict(stored["files"])
        own = {str(name): _weights(found) for name, found in stored["collections"].items()}
        card = SearchCard(
            str(stored["space"]), _weights(stored["weights"]), own, str(stored["prefix"]), bool(stored["files"])
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError("The card of a search version cannot be read.") from error
    if sorted(hashes) not in ([], sorted(ENCODER)):
        raise WeightsError("The card of a search version names other files than an encoder has.")
    for name, expected in hashes.items():
        if name not in files or archive.sha256(files[name]) != expected:
            raise WeightsError(f"{name} does not match its hash on the search version's card; it is not used.")
    return card


def _weights(stored: Mapping[str, Json]) -> Weights:
    """Return weights that are numbers from 0 to 1. Raises ValueError, KeyError, TypeError."""
    found = Weights(float(stored["dense"]), float(stored["late"]), float(stored["dense_with_late"]))
    if not all(0 <= each <= 1 for each in asdict(found).values()):
        raise ValueError("a weight is not between 0 and 1")
    return found
