"""The local generator on a tiny model: greedy, repeatable, with deadlines and with adapters."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.generation import PromptLookupCandidateGenerator

from core.errors import SettingsError, Unavailable, WeightsError
from core.settings import Settings
from core.types import Message
from generation.models import decoding
from generation.models.local import TransformersGenerator
from generation.models.open import open_generator

CHAT = [Message("system", "Be short."), Message("user", "How long?")]


@pytest.fixture(scope="module")
def generator(tiny_model: Path) -> TransformersGenerator:
    return TransformersGenerator(tiny_model, "tiny", dtype="float32", threads=1)


def reply(generator: TransformersGenerator, max_tokens: int = 24) -> str:
    return "".join(generator.stream(CHAT, max_tokens=max_tokens))


def test_the_text_is_what_generate_of_transformers_writes(generator: TransformersGenerator, tiny_model: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    model = AutoModelForCausalLM.from_pretrained(tiny_model)
    chat = [{"role": message.role, "content": message.content} for message in CHAT]
    inputs = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_tensors="pt", return_dict=True)
    whole = model.generate(**inputs, max_new_tokens=24, do_sample=False, pad_token_id=0)[0]
    expected = tokenizer.decode(whole[inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    assert reply(generator) == expected.rstrip("\ufffd")


def test_guesses_change_no_token_and_save_passes(
    generator: TransformersGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    repeated = [Message("user", "Hold the button. Hold the button. Hold the button.")]
    passes: list[int] = []
    read = decoding._logits

    def counted(model: Any, tokens: torch.Tensor, last: int, cache: Any) -> torch.Tensor:
        passes.append(last)
        return read(model, tokens, last, cache)

    monkeypatch.setattr(decoding, "_logits", counted)
    guessed = "".join(generator.stream(repeated, max_tokens=100))
    with_guesses = len(passes)
    monkeypatch.setattr(PromptLookupCandidateGenerator, "get_candidates", lambda _, text: (text, None))
    assert "".join(generator.stream(repeated, max_tokens=100)) == guessed
    assert with_guesses < len(passes) - with_guesses


def test_a_banned_beginning_gives_way_to_the_likeliest_other_words(
    generator: TransformersGenerator, tiny_model: Path
) -> None:
    free = reply(generator)
    banned = TransformersGenerator(tiny_model, "tiny", dtype="float32", threads=1, banned_beginnings=[free])
    assert reply(banned)
    assert reply(banned)[:2] != free[:2]
    elsewhere = TransformersGenerator(tiny_model, "tiny", dtype="float32", threads=1, banned_beginnings=["\x01" + free])
    assert reply(elsewhere) == free


def test_the_same_chat_gives_the_same_words(generator: TransformersGenerator) -> None:
    assert reply(generator) == reply(generator)
    assert reply(generator)


def test_text_comes_in_pieces(generator: TransformersGenerator) -> None:
    assert len(list(generator.stream(CHAT, max_tokens=24))) > 3


def test_at_most_max_tokens_are_written(generator: TransformersGenerator) -> None:
    assert len(reply(generator, 3)) <= 3
    assert reply(generator).startswith(reply(generator, 3))


def test_a_passed_deadline_ends_the_stream(generator: TransformersGenerator) -> None:
    stream = generator.stream(CHAT, max_tokens=24, deadline=time.monotonic() + 0.001)
    time.sleep(0.002)
    assert "".join(stream) == ""


def test_a_stream_that_waits_for_another_past_its_deadline_is_unavailable(generator: TransformersGenerator) -> None:
    first = generator.stream(CHAT, max_tokens=24)
    next(first)
    with pytest.raises(Unavailable, match="busy"):
        next(generator.stream(CHAT, max_tokens=4, deadline=time.monotonic() + 0.05))
    assert list(first)
    assert reply(generator)


def test_a_closed_stream_makes_room_for_the_next(generator: TransformersGenerator) -> None:
    first = generator.stream(CHAT, max_tokens=24)
    next(first)
    first.close()  # type: ignore[attr-defined]
    assert list(generator.stream(CHAT, max_tokens=1, deadline=time.monotonic() + 60))


def test_the_end_token_ends_the_stream(tiny_model: Path) -> None:
    generator = TransformersGenerator(tiny_model, "tiny", dtype="float32")
    (first_token,) = {generator._tokenizer.encode(reply(generator)[:1])[0]}
    generator._end_tokens = frozenset({first_token})
    assert reply(generator) == ""


def test_a_prompt_beyond_the_context_is_unavailable(generator: TransformersGenerator) -> None:
    with pytest.raises(Unavailable, match="reads at most 256"):
        list(generator.stream([Message("user", "x" * 300)], max_tokens=4))


def test_an_adapter_changes_the_words_and_the_name_until_it_is_unloaded(
    generator: TransformersGenerator, tiny_adapter: Path
) -> None:
    before = reply(generator)
    weights = {name: tensor.clone() for name, tensor in generator._base.state_dict().items()}
    generator.load_adapter(tiny_adapter, "v3")
    assert generator.name == "tiny+v3"
    assert reply(generator) != before
    generator.load_adapter(None, "")
    assert generator.name == "tiny"
    assert reply(generator) == before
    assert all(torch.equal(tensor, weights[name]) for name, tensor in generator._base.state_dict().items())


def test_a_loaded_adapter_gives_the_logits_of_peft(
    generator: TransformersGenerator, tiny_model: Path, tiny_adapter: Path
) -> None:
    from peft import PeftModel

    plain = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny_model), str(tiny_adapter)).eval()
    tokens = torch.arange(20)[None]
    generator.load_adapter(tiny_adapter, "v1")
    with torch.inference_mode():
        ours, theirs = generator._active.model(tokens).logits, plain(tokens).logits
    generator.load_adapter(None, "")
    assert torch.allclose(ours, theirs, atol=1e-3)


def test_a_stream_that_has_begun_keeps_its_weights(generator: TransformersGenerator, tiny_adapter: Path) -> None:
    before = reply(generator)
    stream = generator.stream(CHAT, max_tokens=24)
    begun = next(stream)
    generator.load_adapter(tiny_adapter, "v4")
    assert begun + "".join(stream) == before
    generator.load_adapter(None, "")


def test_several_threads_may_read_one_stream(generator: TransformersGenerator) -> None:
    stream = generator.stream(CHAT, max_tokens=24)
    pieces: list[str] = []
    while True:
        thread = threading.Thread(target=lambda: pieces.append(next(stream, "")))
        thread.start()
        thread.join()
        if not pieces[-1]:
            break
    assert "".join(pieces) == reply(generator)
    assert not torch.is_inference_mode_enabled()


def test_a_model_that_runs_out_of_memory_is_unavailable(
    generator: TransformersGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise torch.OutOfMemoryError("no memory left")

    monkeypatch.setattr("generation.models.decoding._logits", full)
    with pytest.raises(Unavailable, match="no memory left"):
        reply(generator)
    monkeypatch.undo()
    assert reply(generator)


def test_an_adapted_model_shares_the_weights_that_it_does_not_change(
    generator: TransformersGenerator, tiny_adapter: Path
) -> None:
    generator.load_adapter(tiny_adapter, "v5")
    ours, base = generator._active.model.state_dict(), generator._base.state_dict()
    generator.load_adapter(None, "")
    shared = [name for name in base if ours[name].data_ptr() == base[name].data_ptr()]
    assert "model.embed_tokens.weight" in shared
    assert "model.layers.0.self_attn.q_proj.weight" not in shared


def test_a_folder_without_an_adapter_is_an_error_and_changes_nothing(
    generator: TransformersGenerator, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match="no adapter"):
        generator.load_adapter(tmp_path, "v6")
    assert generator.name == "tiny"


def test_a_folder_without_weights_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"neither config\.json nor"):
        TransformersGenerator(tmp_path, "nothing")


def test_a_missing_device_is_an_error_and_not_a_fallback(tiny_model: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(SettingsError, match="does not have"):
        TransformersGenerator(tiny_model, "tiny", device="cuda:0")


def test_an_unknown_dtype_lists_the_known(tiny_model: Path) -> None:
    with pytest.raises(SettingsError, match="dtype"):
        TransformersGenerator(tiny_model, "tiny", dtype="int3")


def test_an_adapter_loaded_before_the_first_stream_is_used(
    settings: Settings, tiny_model: Path, tiny_adapter: Path
) -> None:
    url = f"transformers://{tiny_model}?dtype=float32"
    opened = open_generator(settings.model_copy(update={"generator_url": url}))
    assert opened is not None
    assert opened.device == "cpu"
    plain = "".join(opened.stream(CHAT, max_tokens=24))
    fresh = open_generator(settings.model_copy(update={"generator_url": url}))
    fresh.load_adapter(tiny_adapter, "v9")  # type: ignore[union-attr]
    assert "".join(fresh.stream(CHAT, max_tokens=24)) != plain  # type: ignore[union-attr]
    assert fresh.name.endswith("+v9")  # type: ignore[union-attr]


@pytest.mark.weights
def test_the_default_model_answers_a_chat(settings: Settings) -> None:
    generator = open_generator(settings)
    assert generator is not None
    chat = [Message("user", "What is the capital of France? Answer in one sentence.")]
    assert "Paris" in "".join(generator.stream(chat, max_tokens=20))
    assert generator.name == "smollm2-135m-answers"
