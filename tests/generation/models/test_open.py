"""The generator's URL: known schemes, clear errors, no heavy import before the first text."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.errors import SettingsError, WeightsError
from core.settings import Settings
from generation.models.open import open_generator


def with_url(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"generator_url": url})


def test_none_is_no_generator(settings: Settings) -> None:
    assert open_generator(with_url(settings, "none://")) is None


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("transformer://x", "Did you mean transformers"),
        ("ftp://x", "Known schemes"),
        ("openai+http://127.0.0.1:1/v1", "names no model"),
        ("transformers://smollm2-135m-answers?devise=cpu", "unknown option 'devise'"),
    ],
)
def test_a_wrong_url_raises_an_error_that_says_what_is_right(settings: Settings, url: str, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        open_generator(with_url(settings, url))
    assert message in str(error.value)


def test_unknown_weights_raise_an_error_at_once(settings: Settings) -> None:
    with pytest.raises(WeightsError, match="not in the manifest"):
        open_generator(with_url(settings, "transformers://gpt-17"))


def test_a_remote_model_carries_its_name(settings: Settings) -> None:
    generator = open_generator(with_url(settings, "openai+http://127.0.0.1:1/v1?model=big"))
    assert generator is not None
    assert (generator.name, generator.device) == ("big", "remote")


def test_torch_is_not_loaded_before_the_first_answer_is_phrased() -> None:
    code = (
        "import sys; from core.settings import load_settings; from generation.models.open import open_generator;"
        "import generation.answering; g = open_generator(load_settings({})); g.name, g.device;"
        "print(sorted({'torch', 'transformers', 'peft', 'safetensors'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
