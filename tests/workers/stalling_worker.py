"""A real worker that stops for good when it enters a stage, so that a test can kill it there.

Run as a program: STALL_AT names the stage, STALLED the file that says it was reached.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from core.ports import Progress
from core.settings import load_settings
from core.store.database import Database
from core.store.jobs import Claim
from service import build_document, run_job
from workers.run import run_worker

report = run_job.report_to


def stalling(db: Database, claim: Claim) -> Progress:
    progress = report(db, claim)

    def stall(stage: str, share: float) -> None:
        progress(stage, share)
        if stage == os.environ.get("STALL_AT"):
            Path(os.environ["STALLED"]).touch()
            time.sleep(3600)

    return stall


if __name__ == "__main__":
    build_document.report_to = stalling  # type: ignore[attr-defined]
    run_worker(load_settings(), ["ingest"], beat=True)
