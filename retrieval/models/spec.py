"""Resolve a model's URL, `SCHEME://NAME?device=…`: NAME is in the manifest or is the path of a folder.

Knows no runtime. A model in a folder of its own is named by its content, so that two tuned versions of one model never
share an embedding space. `retrieval.models.embedder` and `retrieval.models.reranker` open what this module finds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from core.errors import SettingsError, WeightsError, unknown_scheme
from core.weights.models import folder

CPU = "cpu"
DTYPES = ("float32", "float16", "bfloat16")
WEIGHT_FILES = ("model.onnx", "model.safetensors")
PREFIXES = {
    "bge-small-en-v1.5": ("Represent this sentence for searching relevant passages: ", ""),
    "multilingual-e5-small": ("query: ", "passage: "),
}
"""By model name: the prefix of a question and the prefix of a passage."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model's folder, its name, and the device and precision to run it with. `setting` is for error messages."""

    setting: str
    scheme: str
    name: str
    folder: Path
    device: str
    dtype: str = DTYPES[0]


def resolve_model(setting: str, url: str, models_dir: Path, schemes: Iterable[str]) -> ModelSpec:
    """Return the model that a URL names. Raises SettingsError for a URL that no backend accepts, WeightsError."""
    known = tuple(schemes)
    parts = urlsplit(url)
    if parts.scheme not in known:
        raise unknown_scheme(setting, url, known)
    options = dict(parse_qsl(parts.query))
    device = options.pop("device", CPU)
    dtype = options.pop("dtype", DTYPES[0])
    if options:
        hint = "Known: device, dtype."
        raise SettingsError(f"{setting}={url!r}: {sorted(options)[0]!r} is not an option.", hint=hint)
    if dtype not in DTYPES:
        raise SettingsError(f"{setting}={url!r}: there is no dtype {dtype!r}.", hint=f"Use {', '.join(DTYPES)}.")
    if dtype != DTYPES[0] and parts.scheme == "onnx":
        hint = "For half precision use sentence-transformers://NAME?device=cuda:0&dtype=float16."
        raise SettingsError(f"{setting}: onnx:// has the precision of its file.", hint=hint)
    if device != CPU and not device.startswith("cuda"):
        raise SettingsError(f"{setting}={url!r}: there is no device {device!r}.", hint="Use cpu or cuda:0.")
    name = f"{parts.netloc}{parts.path}".rstrip("/")
    found = folder(models_dir, name)
    return ModelSpec(setting, parts.scheme, _space(name, found), found, device, dtype)


def require_file(spec: ModelSpec, file: str) -> Path:
    """Return the path of a model's file. Raises WeightsError that names the scheme."""
    path = spec.folder / file
    if not path.is_file():
        raise WeightsError(
            f"{spec.setting}: {spec.scheme}:// needs {file}, and {spec.folder} has none.",
            hint="Another scheme may fit: sentence-transformers:// reads safetensors, onnx:// reads ONNX.",
        )
    return path


def find_prefixes(spec: ModelSpec) -> tuple[str, str]:
    """Return the prefix of a question and that of a passage: from the model's folder, else from `PREFIXES`."""
    config = spec.folder / "config_sentence_transformers.json"
    prompts = json.loads(config.read_text()).get("prompts", {}) if config.is_file() else {}
    known = PREFIXES.get(spec.name, ("", ""))
    return str(prompts.get("query") or known[0]), str(prompts.get("passage") or prompts.get("document") or known[1])


def _space(name: str, found: Path) -> str:
    if "/" not in name:
        return name
    here = [found / file for file in WEIGHT_FILES if (found / file).is_file()]
    files = here[:1] or sorted(found.rglob("*.safetensors"))
    if not files:
        raise WeightsError(f"{found} holds no weights.", hint=f"One of these must be there: {', '.join(WEIGHT_FILES)}.")
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return f"{found.name}@{digest.hexdigest()[:12]}"
