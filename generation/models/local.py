"""A small language model in this process: greedy decoding by transformers, with adapters that change while it runs.

Knows chats and tokens, no sources and no checks (`generation.phrasing.check`). Weights come from a folder on this
machine; nothing here ever asks a network. Imported only when the first answer is to be phrased
(`generation.models.open`).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging

from core.errors import SettingsError, Unavailable, WeightsError
from core.types import Message
from generation.models.convert import converted
from generation.models.decoding import greedy

MAX_PROMPT_TOKENS = 1536
# half the cores by default: torch's threads wait for one another after every layer, and one that finds its core taken
# by search or ingest holds up all (measured: two threads on two busy cores are thirty times slower than one)
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class _Voice:
    """The weights that one stream speaks with from its first token to its last, whatever is swapped meanwhile."""

    name: str
    model: Any


class TransformersGenerator:
    """A Generator on a causal model's folder. One stream decodes at a time: two cores have nothing to give a second."""

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        device: str = "cpu",
        dtype: str = "auto",
        threads: int = 0,
        unsaid: Sequence[str] = (),
    ) -> None:
        """Load the model. Raises WeightsError for an unusable folder, SettingsError for a device that is not there.

        No answer begins as the texts in `unsaid` do: the likeliest other words are written instead.
        """
        self._device = checked_device(device)
        if self._device.type == "cpu":
            torch.set_num_threads(threads or max(1, (os.cpu_count() or 1) // 2))
        logging.disable_progress_bar()
        self._folder, self._base_name = converted(folder), name
        self._dtype = _dtype(dtype, self._device)
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(self._folder, local_files_only=True)
            base = AutoModelForCausalLM.from_pretrained(self._folder, dtype=self._dtype, local_files_only=True)
        except (OSError, ValueError) as error:
            raise WeightsError(f"{self._folder} cannot be opened as a language model: {error}") from error
        self._base = base.to(self._device).eval()
        self._voice = _Voice(name, self._base)
        self._ends = _end_tokens(self._base, self._tokenizer)
        beginnings = [self._tokenizer(text, add_special_tokens=False)["input_ids"] for text in unsaid]
        self._unsaid = frozenset((tokens[0], tokens[1]) for tokens in beginnings if len(tokens) > 1)
        self._turn, self._swap = threading.Lock(), threading.Lock()

    @property
    def name(self) -> str:
        return self._voice.name

    @property
    def device(self) -> str:
        return str(self._device)

    def load_adapter(self, folder: Path | None, name: str) -> None:
        """Speak with this LoRA adapter (safetensors) from the next stream on; None goes back to the base.

        Streams under way end with the weights they began with. Only the adapted matrices are new memory; the others
        are shared with the base. Raises WeightsError for a folder that holds no adapter of this model.
        """
        with self._swap:
            if folder is None:
                self._voice = _Voice(self._base_name, self._base)
            else:
                self._voice = _Voice(f"{self._base_name}+{name}", self._merged(folder))

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        """Yield text greedily until the model ends its turn, `max_tokens`, or `deadline` (time.monotonic).

        Raises Unavailable when the deadline passes before this stream's turn comes, or memory runs out.
        """
        tokens = self._encode(messages)
        with self._my_turn(deadline):
            try:
                yield from self._decode(self._voice.model, tokens, max_tokens, deadline)
            except (RuntimeError, MemoryError) as error:
                raise Unavailable(f"The generator failed on {self.device}: {error}") from error

    def _decode(self, model: Any, prompt: torch.Tensor, max_tokens: int, deadline: float | None) -> Iterator[str]:
        made: list[int] = []
        shown = ""
        for token in greedy(model, prompt, deadline, self._unsaid):
            if token in self._ends:
                return
            made.append(token)
            text = self._tokenizer.decode(made, skip_special_tokens=True)
            # a character of several bytes comes in several tokens: wait for the whole of it
            if len(text) > len(shown) and not text.endswith("\ufffd"):
                yield text[len(shown) :]
                shown = text
            if len(made) == max_tokens:
                return

    def _encode(self, messages: Sequence[Message]) -> torch.Tensor:
        """Return (1, n) token ids of the chat. Raises Unavailable for one that is longer than is read here."""
        chat = [{"role": message.role, "content": message.content} for message in messages]
        encoded = self._tokenizer.apply_chat_template(
            chat, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        tokens: torch.Tensor = encoded["input_ids"].to(self._device)
        limit = min(MAX_PROMPT_TOKENS, int(getattr(self._base.config, "max_position_embeddings", MAX_PROMPT_TOKENS)))
        if tokens.shape[1] > limit:
            raise Unavailable(f"The prompt has {tokens.shape[1]} tokens; {self._base_name} reads at most {limit} here.")
        return tokens

    @contextmanager
    def _my_turn(self, deadline: float | None) -> Iterator[None]:
        wait = -1.0 if deadline is None else max(0.0, deadline - time.monotonic())
        if not self._turn.acquire(timeout=wait):
            raise Unavailable("The generator is busy with other answers.")
        try:
            yield
        finally:
            self._turn.release()

    def _merged(self, folder: Path) -> Any:
        """Return a model whose adapted matrices are base + adapter; the base's own tensors are not touched."""
        if not (folder / "adapter_model.safetensors").is_file() or not (folder / "adapter_config.json").is_file():
            raise WeightsError(f"{folder} is no adapter: it lacks adapter_config.json or adapter_model.safetensors.")
        with torch.device("meta"):
            twin = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(self._folder, local_files_only=True))
        shared = self._base.state_dict()
        twin.load_state_dict(shared, strict=True, assign=True)
        twin.tie_weights()
        for name, buffer in self._base.named_buffers():  # rotary frequencies are in no state dict
            parent, _, leaf = name.rpartition(".")
            twin.get_submodule(parent).register_buffer(leaf, buffer, persistent=name in shared)
        try:
            adapted = PeftModel.from_pretrained(twin, str(folder), is_trainable=False, torch_device=str(self._device))
            return adapted.merge_and_unload(safe_merge=True).to(self._dtype).eval()  # safe: merges into copies
        except (ValueError, RuntimeError, KeyError, OSError) as error:
            raise WeightsError(f"The adapter in {folder} does not fit {self._base_name}: {error}") from error


def checked_device(device: str) -> torch.device:
    """Return the device. Raises SettingsError when this machine does not have it: nothing falls back in silence."""
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise SettingsError(f"VOUCH_GENERATOR_URL: {device!r} is no device.", hint="Use cpu or cuda:0.") from error
    if wanted.type == "cuda" and (not torch.cuda.is_available() or (wanted.index or 0) >= torch.cuda.device_count()):
        raise SettingsError(
            f"VOUCH_GENERATOR_URL asks for {device}, which this machine (or this build of torch) does not have.",
            hint="Use device=cpu, or install a torch with CUDA and check `nvidia-smi`.",
        )
    if wanted.type not in {"cpu", "cuda"}:
        raise SettingsError(f"VOUCH_GENERATOR_URL: device {device!r} is not supported.", hint="Use cpu or cuda:0.")
    return torch.device("cuda", wanted.index or 0) if wanted.type == "cuda" else wanted


def _dtype(name: str, device: torch.device) -> torch.dtype:
    if name == "auto":
        return native_dtype(device)
    if name not in DTYPES:
        hint = f"Known: auto, {', '.join(DTYPES)}."
        raise SettingsError(f"VOUCH_GENERATOR_URL: dtype {name!r} is unknown.", hint=hint)
    return DTYPES[name]


def native_dtype(device: torch.device) -> torch.dtype:
    """Return bfloat16 where the hardware multiplies it, which halves reading a prompt and learning from it."""
    native = device.type == "cuda" or bool(torch.cpu._is_avx512_bf16_supported())
    return torch.bfloat16 if native else torch.float32


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return every token that ends a turn: the model's own, the tokenizer's, and ChatML's where it has one."""
    ends = model.generation_config.eos_token_id
    listed = list(ends) if isinstance(ends, list | tuple) else [ends]
    return frozenset(int(token) for token in [*listed, tokenizer.eos_token_id] if token is not None)
