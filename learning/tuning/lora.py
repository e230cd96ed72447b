"""A causal model with a LoRA adapter on it, and the loss of an answer given its prompt.

Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models". Knows tokens and one lesson at a time; the order
of lessons, the steps and when to stop are in `learning.tuning.generator`.
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
class EncodedLesson:
    """A lesson as tokens: the prompt of the chat, then the answer with the end-of-turn token."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def open_tokenizer(folder: Path) -> Any:
    """Return the folder's tokenizer. Raises WeightsError when it has no chat template or no end of turn."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise WeightsError(f"{folder} does not hold a tokenizer that can be opened: {error}") from error
    if not tokenizer.chat_template or tokenizer.eos_token_id is None:
        raise WeightsError(f"The tokenizer in {folder} has no chat template or no end-of-turn token.")
    return tokenizer


def open_base(folder: Path, device: str, threads: int = 0) -> Any:
    """Return the causal model, in bfloat16 if the device computes in it; with `threads` = 0 it uses half the cores.

    An adapter on it, and its optimiser steps, are in float32 in any case.

    Raises WeightsError, SettingsError for a device that does not exist, TrainingFailed for too little memory.
    """
    logging.disable_progress_bar()
    torch_device = checked_device(device)
    if torch_device.type == "cpu":  # the other half answers questions meanwhile: see generation.models.local
        torch.set_num_threads(threads or max(1, (os.cpu_count() or 1) // 2))
    dtype = native_dtype(torch_device)
    try:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError) as error:
        raise WeightsError(f"{folder} cannot be opened as a language model: {error}") from error
    with reporting_out_of_memory():
        return model.to(torch_device)


def with_new_adapter(base: Any, rank: int) -> Any:
    """Return the base with a new adapter on every linear layer except the head; untrained, it changes nothing.

    No dropout: it would store a second copy of every layer's input, a third of all memory, and the validation loss
    already guards against overfitting.
    """
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM")
    return get_peft_model(base, config)


def with_adapter(base: Any, folder: Path) -> Any:
    """Return the base with a trained adapter. Raises WeightsError when the adapter is for another model."""
    try:
        return PeftModel.from_pretrained(base, str(folder), is_trainable=False)
    except (ValueError, RuntimeError, KeyError, OSError) as error:
        raise WeightsError(f"The adapter in {folder} does not fit this base model: {error}") from error


def save_adapter(model: Any, folder: Path, base: str) -> None:
    """Write the adapter as safetensors with its configuration: it holds the base's name but no path of this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    save_file({name: tensor.contiguous().cpu() for name, tensor in state.items()}, folder / WEIGHTS)
    config = model.peft_config["default"].to_dict() | {"base_model_name_or_path": base, "inference_mode": True}
    config["target_modules"] = sorted(config["target_modules"])
    (folder / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True))


def copy_in_float16(folder: Path, target: Path) -> None:
    """Copy an adapter with its weights in float16 and a new card. Raises WeightsError if the adapter is not whole."""
    card = adapter_files.check(folder)
    target.mkdir(parents=True, exist_ok=True)
    state = load_file(folder / WEIGHTS)
    save_file({name: tensor.to(torch.float16) for name, tensor in state.items()}, target / WEIGHTS)
    (target / WEIGHTS).chmod(0o644)  # other users than the one who tuned it must be able to read it
    shutil.copyfile(folder / CONFIG, target / CONFIG)
    adapter_files.write_card(target, base=str(card["base"]), tuning=card["tuning"])


def encode(tokenizer: Any, lesson: Lesson) -> EncodedLesson:
    """Return the lesson's tokens; the prompt is encoded exactly as the generator encodes it."""
    chat = [{"role": message.role, "content": message.content} for message in lesson.chat()]
    prompt = tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=True)["input_ids"]
    answer = tokenizer(lesson.completion(), add_special_tokens=False)["input_ids"]
    return EncodedLesson(tuple(prompt), (*answer, tokenizer.eos_token_id))


def encode_fitting(tokenizer: Any, lessons: Sequence[Lesson], max_length: int) -> list[EncodedLesson]:
    """Return the encoded lessons without those longer than `max_length` tokens: a cut prompt would mislead it."""
    encoded = (encode(tokenizer, lesson) for lesson in lessons)
    return [item for item in encoded if len(item) <= max_length]


def answer_loss(model: Any, item: EncodedLesson) -> torch.Tensor:
    """Return the mean negative log-likelihood (nats) of the answer's tokens, each given all before it; a scalar.

    Logits are computed for the answer only: with a vocabulary of 50,000, those of the prompt would fill the memory.
    """
    tokens = torch.tensor([[*item.prompt, *item.answer]], device=model.device)
    before_answer = torch.arange(len(item.prompt) - 1, tokens.shape[1] - 1, device=model.device)
    logits = model(input_ids=tokens, logits_to_keep=before_answer, use_cache=False).logits[0]
    return functional.cross_entropy(logits.float(), tokens[0, len(item.prompt) :])


@contextmanager
def reporting_out_of_memory() -> Iterator[None]:
    """Raise TrainingFailed, with a hint, for each of the errors that torch raises when memory runs out."""
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
        "The fine-tuning ran out of memory; the active model is unchanged.",
        hint="Run it on a machine with more memory, or tune a smaller base model.",
    )
