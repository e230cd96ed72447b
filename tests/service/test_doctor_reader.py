"""What `vouch doctor` and a running service say about the reader."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import Settings
from core.weights import models
from service import doctor
from service.compose import open_services
from tests.api.doubles import RecordedQueue


def changed(settings: Settings, **values: object) -> Settings:
    return settings.model_copy(update=values)


def test_a_missing_reader_is_a_note_that_says_what_to_do(settings: Settings, tmp_path: Path) -> None:
    check = doctor._reader(changed(settings, models_dir=tmp_path, reranker_url="none://"))

    assert (check.name, check.state) == ("reader", "note")
    assert "run `vouch models pull`" in check.detail
    assert "vouch-reader-2" in check.detail


def test_a_reader_that_was_turned_off_is_a_note(settings: Settings) -> None:
    check = doctor._reader(changed(settings, reranker_url="none://", reader_url="none://"))

    assert check.state == "note"
    assert "VOUCH_READER_URL is none://" in check.detail


def test_the_weights_that_must_be_there_are_those_without_which_nothing_is_answered(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []
    monkeypatch.setattr(models, "verify", lambda _, name: verified.append(name))

    assert doctor._weights(settings).state == "good"
    assert "ms-marco-minilm-l-12-v2" in verified
    assert "vouch-reader-2" not in verified


@pytest.mark.weights
def test_a_service_without_its_reader_answers_and_says_that_it_is_degraded(settings: Settings, tmp_path: Path) -> None:
    """The reranker selects; a calibration that was made with a reader does not fit it."""
    poor = changed(settings, late_url="none://", generator_url="none://", reader_url=f"onnx://{tmp_path}")

    services = open_services(poor, RecordedQueue())
    try:
        engine = services.engine.get(120)
        assert "slower and worse: run `vouch models pull`" in (engine.problem() or "")
        assert services.devices()["reader"] == "cpu"
    finally:
        services.close()
