"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import uuid
from pathlib import Path


def write_whole(target: Path, data: bytes, *, sync: bool = True) -> None:
    """Write a file under another name in its folder, then rename it; with `sync` it is on the disk before that.

    Its mode is what the umask leaves of 0666. Raises OSError, and then leaves nothing behind.
    """
    scratch = target.parent / f".put-{uuid.uuid4().hex}"
    try:
        with scratch.open("xb") as stream:
            stream.write(data)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        scratch.replace(target)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
