"""Parse a Milvus `VOUCH_INDEX_URL`: the address, the name of the collection and the kind of index.

`milvus://USER:PASSWORD@HOST:PORT/NAME` is a server, `milvus:///FOLDER.db` is milvus-lite inside this process. Knows no
client; `retrieval.milvus.server` connects.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, unquote

from core.errors import SettingsError

OPTIONS = ("collection", "folder", "index", "timeout_s", "tls")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
KINDS = ("AUTOINDEX", "FLAT", "GPU_BRUTE_FORCE", "GPU_CAGRA", "HNSW")
MAX_K, GPU_MAX_K = 16_384, 1_024
"""The largest k of one search; Milvus refuses more, and less on a GPU."""


@dataclass(frozen=True, slots=True)
class MilvusLocation:
    """A collection's public name (an alias in Milvus) on a server, or in a folder for milvus-lite."""

    uri: str
    name: str
    index: str = "HNSW"
    timeout_s: float = 10.0
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def lite(self) -> bool:
        return "://" not in self.uri

    @property
    def device(self) -> str:
        """The name that `/readyz` shows."""
        return "milvus-lite" if self.lite else "milvus"

    @property
    def address(self) -> str:
        """The name in `core.store.index.positions`: the location without its password."""
        return f"milvus:{self.uri}/{self.name}"

    @property
    def max_k(self) -> int:
        return GPU_MAX_K if self.index.startswith("GPU_") else MAX_K


def parse_milvus_location(parts: SplitResult, options: dict[str, str], home: Path) -> tuple[MilvusLocation, Path]:
    """Return the location that the URL names and the folder of the lexical index. Raises SettingsError."""
    for option in sorted(options):
        if option not in OPTIONS:
            raise _invalid(f"{option!r} is not an option.", f"Known for Milvus: {', '.join(OPTIONS)}.")
    lite = not parts.netloc
    name = options.get("collection", "vouch") if lite else parts.path.strip("/")
    if not lite and "collection" in options:
        raise _invalid(
            "'collection' is for milvus-lite; for a server the name follows the host.", "milvus://HOST:19530/NAME"
        )
    if not NAME.fullmatch(name):
        raise _invalid(
            f"{name!r} cannot be the name of a collection.", "Letters, digits and _: milvus://HOST:19530/vouch"
        )
    uri = _folder(parts.path) if lite else _uri(parts, options)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    location = MilvusLocation(uri, name, _kind(options), _seconds(options), user, password)
    return location, Path(options.get("folder", home / f"index-{name}")).expanduser()


def _folder(path: str) -> str:
    if not path.endswith(".db"):
        raise _invalid(
            "milvus-lite's folder must end in .db.", "milvus:///srv/vouch/dense.db, or a server's HOST:PORT."
        )
    return path


def _uri(parts: SplitResult, options: dict[str, str]) -> str:
    tls = options.get("tls", "0")
    if tls not in ("0", "1"):
        raise _invalid(f"tls={tls!r} is neither 0 nor 1.", "Leave it out for a plain connection.")
    try:
        return f"{'https' if tls == '1' else 'http'}://{parts.hostname}:{parts.port or 19530}"
    except ValueError as error:
        raise _invalid(f"{parts.netloc.rpartition('@')[2]!r} has a port that is not a number.", "HOST:19530") from error


def _kind(options: dict[str, str]) -> str:
    kind = options.get("index", "HNSW").upper()
    if kind not in KINDS:
        raise _invalid(f"there is no index {kind!r} here.", f"Known: {', '.join(KINDS)}.")
    return kind


def _seconds(options: dict[str, str]) -> float:
    try:
        seconds = float(options.get("timeout_s", "10"))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 3600:
        raise _invalid(f"timeout_s={options['timeout_s']!r} is not a number of seconds.", "Leave it out for 10.")
    return seconds


def _invalid(message: str, hint: str) -> SettingsError:
    return SettingsError(f"VOUCH_INDEX_URL: {message}", hint=hint)
