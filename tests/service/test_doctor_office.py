"""What `vouch doctor` says about LibreOffice."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import Settings
from service import doctor


def installed(folder: Path, *components: str) -> None:
    for name in ("soffice", "soffice.bin", *components):
        (folder / name).write_text("#!/bin/sh\n")
        (folder / name).chmod(0o755)


def test_without_libreoffice_the_formats_that_need_it_are_named(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    check = doctor._office(settings)

    assert check.state == "note"
    assert "doc, ppt files are rejected" in check.detail
    assert "libreoffice-impress-nogui libreoffice-writer-nogui" in check.detail


def test_a_part_that_is_missing_is_named(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    installed(tmp_path, "libswlo.so")
    check = doctor._office(settings)

    assert check.state == "note"
    assert ": ppt files are rejected (apt-get install libreoffice-impress-nogui)" in check.detail

    installed(tmp_path, "libsdlo.so")
    assert doctor._office(settings).state == "good"
