"""What `vouch up` requires before it starts anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import up
from core.errors import WeightsError
from core.settings import Settings
from core.weights import models


def missing(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    def verify(_: Path, name: str) -> None:
        if name in names:
            raise WeightsError(f"The weights of {name} are not complete.", hint="Run `vouch models pull`.")

    monkeypatch.setattr(models, "verify", verify)


def test_the_models_of_all_settings_are_required(settings: Settings) -> None:
    assert set(up._required_models(settings)) == set(models.defaults())


def test_none_and_folders_of_ones_own_are_not_looked_up(settings: Settings) -> None:
    chosen = settings.model_copy(
        update={
            "late_url": "none://",
            "reader_url": "torch:///srv/reader?device=cuda:0",
            "generator_url": "openai+http://127.0.0.1:1/v1?model=x",
            "redact": False,
        }
    )
    assert up._required_models(chosen) == ["bge-small-en-v1.5", "ms-marco-minilm-l-12-v2"]


def test_a_reader_that_is_missing_stops_nothing_but_is_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing(monkeypatch, "vouch-reader-2")

    up._require_weights(settings)

    assert "slower and worse" in capsys.readouterr().out.replace("\n", " ")


def test_any_other_model_that_is_missing_stops_the_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    missing(monkeypatch, "vouch-reader-2", "ms-marco-minilm-l-12-v2")

    with pytest.raises(WeightsError, match="ms-marco"):
        up._require_weights(settings)
