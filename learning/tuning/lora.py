"""A causal model with a LoRA adapter on it, and the loss of an answer given its prompt.

Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models". Knows tokens and one lesson at a time; the order
of lessons, steps and stopping are in `learning.tuning.generator`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from core.errors import TrainingFailed, WeightsError
from generation.models.local import checked_device, native_dtype
from learning.dataset.lessons import Lesson
from learning.tuning import adapter_files
from learning.tuning.adapter_files import CONFIG, WEIGHTS


@dataclass(frozen=True, slots=True)
class Encoded:
    """A lesson as tokens: the chat's prompt, then the answer with the token that ends a turn."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def open_tokenizer(folder: Path) -> Any:
    """Return the folder's tokenizer. Raises WeightsError when it has no chat template or no end of turn."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise WeightsError(f"{folder} holds no tokenizer that can be opened: {error}") from error
    if not tokenizer.chat_template or tokenizer.eos_token_id is None:
        raise WeightsError(f"The tokenizer in {folder} has no chat template or no end-of-turn token.")
    return tokenizer


def open_base(folder: Path, device: str, threads: int = 0) -> Any:
    """Return the causal model, in bfloat16 where the device multiplies it; with `threads` at 0, half the cores work.

    An adapter on it is in float32 all the same, and so are its steps.

    Raises WeightsError, SettingsError for a device that is not there, TrainingFailed for too little memory.
    """
    logging.disable_progress_bar()
    place = checked_device(device)
    if place.type == "cpu":  # the other half answers questions meanwhile: see generation.models.local
        torch.set_num_threads(threads or max(1, (os.cpu_count() or 1) // 2))
    dtype = native_dtype(place)
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise WeightsError(f"{folder} cannot be opened as a language model: {error}") from error
    with enough_memory():
        return model.to(place)


def with_new_adapter(base: Any, rank: int) -> Any:
    """Put a fresh adapter on every linear layer but the head; it changes nothing until it is trained.

    No dropout: it would keep a second copy of every layer's input, a third of all memory, and the validation loss
    guards against learning by heart.
    """
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(base, config)


def with_adapter(base: Any, folder: Path) -> Any:
    """Put a trained adapter on. Raises WeightsError when it is another model's."""
    try:
        return PeftModel.from_pretrained(base, str(folder), is_trainable=False)
    except (ValueError, RuntimeError, KeyError, OSError) as error:
        raise WeightsError(f"The adapter in {folder} does not fit this base model: {error}") from error


def save_adapter(model: Any, folder: Path, base: str) -> None:
    """Write the adapter as safetensors with its configuration, which names the base and no path of this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    save_file({name: tensor.contiguous().cpu() for name, tensor in state.items()}, folder / WEIGHTS)
    config = model.peft_config["default"].to_dict() | {"base_model_name_or_path": base, "inference_mode": True}
    config["target_modules"] = sorted(config["target_modules"])
    (folder / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True))


def halved(folder: Path, target: Path) -> None:
    """Copy an adapter with its weights in float16 and a new card. Raises WeightsError for one that is not whole."""
    card = adapter_files.check(folder)
    target.mkdir(parents=True, exist_ok=True)
    state = load_file(folder / WEIGHTS)
    save_file({name: tensor.to(torch.float16) for name, tensor in state.items()}, target / WEIGHTS)
    (target / WEIGHTS).chmod(0o644)  # others than whoever tuned it read it
    shutil.copyfile(folder / CONFIG, target / CONFIG)
    adapter_files.write_card(target, base=str(card["base"]), tuning=card["tuning"])


def encode(tokenizer: Any, made: Lesson) -> Encoded:
    """Return the lesson's tokens, the prompt exactly as the generator encodes it."""
    chat = [{"role": message.role, "content": message.content} for message in made.chat()]
    prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)["input_ids"]
    answer = tokenizer(made.taught(), add_special_tokens=False)["input_ids"]
    return Encoded(tuple(prompt), (*answer, tokenizer.eos_token_id))


def fitting(tokenizer: Any, lessons: Sequence[Lesson], max_length: int) -> list[Encoded]:
    """Encode the lessons; those longer than `max_length` tokens are left out: half a prompt teaches nothing true."""
    encoded = (encode(tokenizer, made) for made in lessons)
    return [item for item in encoded if len(item) <= max_length]


def answer_loss(model: Any, item: Encoded) -> torch.Tensor:
    """Return the mean negative log-likelihood (nats) of the answer's tokens, each given all before it; a scalar.

    Logits are made for the answer only: over a vocabulary of 50,000 those of the prompt would fill the memory.
    """
    tokens = torch.tensor([[*item.prompt, *item.answer]], device=model.device)
    before_answer = torch.arange(len(item.prompt) - 1, tokens.shape[1] - 1, device=model.device)
    logits = model(input_ids=tokens, logits_to_keep=before_answer, use_cache=False).logits[0]
    return functional.cross_entropy(logits.float(), tokens[0, len(item.prompt) :])


@contextmanager
def enough_memory() -> Iterator[None]:
    """Turn the ways in which torch runs out of memory into one error with a way out."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise _out_of_memory() from error
    except RuntimeError as error:
        if "allocate memory" not in str(error):
            raise
        raise _out_of_memory() from error


def _out_of_memory() -> TrainingFailed:
    return TrainingFailed(
        "The fine-tuning ran out of memory; nothing was changed.",
        hint="Run it on a machine with more memory, or tune a smaller base model.",
    )
