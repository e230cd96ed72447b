"""The child process of `ingest.sandbox.parent`: reads a file from a pipe, parses it, writes JSON back.

Only the sandbox starts it. It gives up its rights first (`ingest.sandbox.isolation`), then serves until its input ends.
"""

from __future__ import annotations

import json
import os
import sys
from base64 import b64encode
from collections.abc import Callable
from typing import BinaryIO

from core.errors import DocumentRejected, LimitExceeded, VouchError
from core.types import Json
from ingest.revisions import reading
from ingest.sandbox.isolation import isolate, limit, peak_mb, reset_peak, unlimit
from ingest.sandbox.wire import error_json, to_json

SPENT_MB = 1024
"""Peak memory in MiB after which a new child serves the next file: not all of it is given back."""


def main() -> None:
    """Serve parse requests on stdin until it ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output of a library must not mix with the answers
    _write(answers, {"isolation": isolate(int(sys.argv[1]))})
    while line := sys.stdin.buffer.readline():
        _serve(json.loads(line), sys.stdin.buffer, answers)


def _serve(request: Json, source: BinaryIO, answers: BinaryIO) -> None:
    try:
        task = _task(request)
    except VouchError as error:
        _write(answers, {"error": error_json(error), "peak_mb": peak_mb()})
        return
    _write(answers, {"ready": True})
    data = source.read(request["size"])
    reset_peak()
    limit(request["memory_mb"], request["timeout_s"])
    try:
        answer = task(data)
    except MemoryError:
        answer = {"error": error_json(_out_of_memory(request["memory_mb"])), "spent": True}
    except VouchError as error:
        answer = {"error": error_json(error)}
    except RecursionError:
        answer = {"error": error_json(DocumentRejected("The file is nested too deeply.", hint="Save it as text."))}
    except Exception as error:  # a reader failed: the file is rejected
        answer = {"error": error_json(_unreadable(error))}
    unlimit()
    peak = peak_mb()
    _write(answers, {"spent": peak > SPENT_MB, **answer, "peak_mb": peak})


def _task(request: Json) -> Callable[[bytes], Json]:
    """Return a function from the file's bytes to the answer, with its libraries imported. Raises UnsupportedMedia."""
    media_type = request["media_type"]
    if request["picture_of"] is not None:
        from ingest.readers.page_image import picture

        page, width = request["picture_of"]
        return lambda data: {"picture": b64encode(picture(data, media_type, page, width)).decode()}
    from ingest.readers.ocr import Ocr
    from ingest.readers.parse import parse, reader

    ocr = Ocr(request["ocr_languages"])
    reader(media_type, ocr)

    def parsed(data: bytes) -> Json:
        with reading(request["revisions"]):
            return {"parsed": to_json(parse(data, media_type, request["filename"], ocr))}

    return parsed


def _out_of_memory(memory_mb: int) -> LimitExceeded:
    return LimitExceeded(
        f"Parsing needed more than {memory_mb} MiB of memory and was stopped.",
        hint="Split the file, or raise VOUCH_PARSE_MEMORY_MB.",
    )


def _unreadable(error: Exception) -> DocumentRejected:
    return DocumentRejected(
        f"The file could not be read ({type(error).__name__}); it is probably damaged.",
        hint="Open it in the program that made it and save it again, or upload it as PDF.",
    )


def _write(answers: BinaryIO, answer: Json) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    main()
