"""A throwaway home keeps the models and limits of the settings and stores nothing."""

from __future__ import annotations

from core.settings import Settings
from evaluation.corpus.home import throwaway_home


def test_a_throwaway_home_has_only_the_models_and_limits_of_the_settings(settings: Settings) -> None:
    given = settings.model_copy(update={"database_url": "postgresql://user@server/live", "max_upload_mb": 7})

    with throwaway_home(given, redact=False) as home:
        assert home.home.is_dir()
        assert home.database_url.startswith(f"sqlite:///{home.home}")
        assert str(home.home) in home.index_url
        assert (home.models_dir, home.max_upload_mb, home.redact) == (given.models_dir, 7, False)
    assert not home.home.exists()
