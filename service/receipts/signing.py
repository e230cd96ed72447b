"""Sign receipts: HMAC-SHA256 over canonical JSON, with a key in a file of the home that only its owner reads.

Who can read the home can also sign; for everyone else a receipt proves that this home issued it. Decision 0102.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import Unavailable
from core.types import Json

KEY_FILE = "receipts.key"
SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and its id, which each receipt names."""

    key: bytes = field(repr=False)

    @property
    def id(self) -> str:
        return hashlib.sha256(b"vouch receipts\n" + self.key).hexdigest()[:16]

    def signed(self, content: Mapping[str, Json]) -> dict[str, Json]:
        """Return the content with its signature."""
        return {**content, SIGNATURE: self._of(canonical(content))}

    def accepts(self, receipt: Mapping[str, Json]) -> bool:
        """Return whether the receipt is as it was signed with this key."""
        content = {name: value for name, value in receipt.items() if name != SIGNATURE}
        given = str(receipt.get(SIGNATURE, "")).encode()
        return hmac.compare_digest(self._of(canonical(content)).encode(), given)

    def blind(self, text: str) -> str:
        """Return a digest of a text that nobody without the key can compare with a guess."""
        return self._of(b"blind\n" + text.encode())[:32]

    def _of(self, data: bytes) -> str:
        return hmac.new(self.key, data, hashlib.sha256).hexdigest()


def open_signer(home: Path) -> Signer:
    """Return the signer of a home; make its key, mode 0600, if there is none. Raises Unavailable."""
    path = home / KEY_FILE
    if (found := find_signer(home)) is not None:
        return found
    scratch = home / f".{KEY_FILE}-{secrets.token_hex(8)}"
    try:
        handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_hex(32) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(scratch, path)
        except FileExistsError:  # another process was first: its key counts
            pass
        finally:
            scratch.unlink()
    except OSError as error:
        raise Unavailable(f"The key of the receipts {path} cannot be written: {error.strerror}.") from error
    made = find_signer(home)
    assert made is not None
    return made


def find_signer(home: Path) -> Signer | None:
    """Return the signer of a home; None if it has no key. Raises Unavailable if the key cannot be read."""
    path = home / KEY_FILE
    try:
        return Signer(bytes.fromhex(path.read_text().strip()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise Unavailable(
            f"The key of the receipts {path} cannot be read.", hint="Restore it from a backup of the home."
        ) from error


def canonical(value: Json) -> bytes:
    """Return JSON with sorted names and without spaces: the same value gives the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Json) -> str:
    """Return the SHA-256 of a value's canonical JSON, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()
