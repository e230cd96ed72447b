"""Settings: where they come from, which are invalid, which are masked."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import load_settings


def test_the_default_profile_stores_everything_in_home(tmp_path: Path) -> None:
    settings = load_settings({"VOUCH_HOME": str(tmp_path)})

    urls = (settings.database_url, settings.broker_url, settings.blobs_url, settings.index_url)
    assert all(str(tmp_path) in url for url in urls)


def test_an_unknown_name_is_an_error_with_the_nearest_known_one() -> None:
    with pytest.raises(SettingsError, match=r"VOUCH_DATABSE_URL is not a setting.*VOUCH_DATABASE_URL"):
        load_settings({"VOUCH_DATABSE_URL": "sqlite:///x"})


def test_the_error_for_an_invalid_value_names_the_variable() -> None:
    with pytest.raises(SettingsError, match="VOUCH_MAX_UPLOAD_MB"):
        load_settings({"VOUCH_MAX_UPLOAD_MB": "many"})


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://vouch:secret@db/vouch\n")

    settings = load_settings({"VOUCH_DATABASE_URL_FILE": str(tmp_path / "url")})

    assert settings.database_url == "postgresql://vouch:secret@db/vouch"


def test_a_missing_secret_file_is_an_error() -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings({"VOUCH_DATABASE_URL_FILE": "/nowhere/url"})


def test_masking_hides_passwords_and_keys_and_nothing_else() -> None:
    settings = load_settings({"VOUCH_BROKER_URL": "amqp://me:secret@host//", "VOUCH_GENERATOR_API_KEY": "secret"})

    masked = settings.masked()

    assert masked["broker_url"] == "amqp://me:***@host//"
    assert masked["generator_api_key"] == "***"
    assert "secret" not in "".join(masked.values())


def test_variables_without_the_prefix_are_ignored() -> None:
    assert load_settings({"HOME": "/root", "PATH": "/bin"}).search_k == 8
