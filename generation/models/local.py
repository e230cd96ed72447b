"""A small language model in this process: greedy decoding with transformers, and adapters that change while it runs.

Knows chats and tokens, no sources and no checks (`generation.phrasing.check`). Loads weights from a folder on this
machine and never uses the network. Imported only when the first answer is to be phrased (`generation.models.open`).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
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
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True, slots=True)
class _NamedModel:
    """The weights that one stream uses from its first token to its last, whatever is loaded meanwhile."""

    name: str
    model: Any


class TransformersGenerator:
    """A Generator on a causal model's folder. One stream decodes at a time: two cores are too few for a second."""

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        device: str = "cpu",
        dtype: str = "auto",
        threads: int = 0,
        banned_beginnings: Sequence[str] = (),
    ) -> None:
        """Load the model. Raises WeightsError for an unusable folder, SettingsError for a device that is missing.

        No answer begins with the first two tokens of a text in `banned_beginnings`: the likeliest other words are
        written instead.
        """
        self._device = checked_device(device)
        # half the cores by default: torch's threads wait for each other after every layer, so one whose core is busy
        # with search or ingest delays all (measured: two threads on two busy cores are thirty times slower than one)
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
        self._active = _NamedModel(name, self._base)
        self._end_tokens = _end_tokens(self._base, self._tokenizer)
        beginnings = [self._tokenizer(text, add_special_tokens=False)["input_ids"] for text in banned_beginnings]
        self._banned = frozenset((tokens[0], tokens[1]) for tokens in beginnings if len(tokens) > 1)
        self._decoding, self._loading = threading.Lock(), threading.Lock()

    @property
    def name(self) -> str:
        return self._active.name

    @property
    def device(self) -> str:
        return str(self._device)

    def load_adapter(self, folder: Path | None, name: str) -> None:
        """Use this LoRA adapter (safetensors) from the next stream on; None returns to the base model.

        Streams that have begun finish with the weights that they began with. Only the adapted matrices take new memory;
        the others are shared with the base. Raises WeightsError if the folder contains no adapter of this model.
        """
        with self._loading:
            if folder is None:
                self._active = _NamedModel(self._base_name, self._base)
            else:
                self._active = _NamedModel(f"{self._base_name}+{name}", self._merged(folder))

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        """Yield greedily decoded text until the model ends its turn, `max_tokens`, or `deadline` (time.monotonic).

        Raises Unavailable if other streams are decoding until the deadline, or if memory runs out.
        """
        tokens = self._encode(messages)
        with self._decoding_alone(deadline):
            try:
                yield from self._decode(self._active.model, tokens, max_tokens, deadline)
            except (RuntimeError, MemoryError) as error:
                raise Unavailable(f"The generator failed on {self.device}: {error}") from error

    def _decode(self, model: Any, prompt: torch.Tensor, max_tokens: int, deadline: float | None) -> Iterator[str]:
        tokens: list[int] = []
        sent = 0
        for token in islice(greedy(model, prompt, deadline, self._banned), max_tokens):
            if token in self._end_tokens:
                return
            tokens.append(token)
            text = self._tokenizer.decode(tokens, skip_special_tokens=True)
            # a character of several bytes can take several tokens: wait for all of them
            if len(text) > sent and not text.endswith("\ufffd"):
                yield text[sent:]
                sent = len(text)

    def _encode(self, messages: Sequence[Message]) -> torch.Tensor:
        """Return the chat's token ids, (1, n). Raises Unavailable if there are more than the model reads here."""
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
    def _decoding_alone(self, deadline: float | None) -> Iterator[None]:
        wait = -1.0 if deadline is None else max(0.0, deadline - time.monotonic())
        if not self._decoding.acquire(timeout=wait):
            raise Unavailable("The generator is busy with other answers.")
        try:
            yield
        finally:
            self._decoding.release()

    def _merged(self, folder: Path) -> Any:
        """Return a model whose adapted matrices are base + adapter, without changing the base's tensors."""
        if not (folder / "adapter_model.safetensors").is_file() or not (folder / "adapter_config.json").is_file():
            raise WeightsError(f"{folder} is no adapter: adapter_config.json or adapter_model.safetensors is missing.")
        with torch.device("meta"):
            copy = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(self._folder, local_files_only=True))
        shared = self._base.state_dict()
        copy.load_state_dict(shared, strict=True, assign=True)
        copy.tie_weights()
        for name, buffer in self._base.named_buffers():  # the state dict lacks rotary frequencies
            parent, _, leaf = name.rpartition(".")
            copy.get_submodule(parent).register_buffer(leaf, buffer, persistent=name in shared)
        try:
            adapted = PeftModel.from_pretrained(copy, str(folder), is_trainable=False, torch_device=str(self._device))
            return adapted.merge_and_unload(safe_merge=True).to(self._dtype).eval()  # safe: merges into copies
        except (ValueError, RuntimeError, KeyError, OSError) as error:
            raise WeightsError(f"The adapter in {folder} does not fit {self._base_name}: {error}") from error


def checked_device(device: str) -> torch.device:
    """Return the device. Raises SettingsError if this machine lacks it: there is no silent fallback."""
    try:
        wanted = torch.device(device)
    except RuntimeError as error:
        raise SettingsError(f"VOUCH_GENERATOR_URL: {device!r} is not a device.", hint="Use cpu or cuda:0.") from error
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
    """Return bfloat16 where the hardware multiplies it: it halves the time of reading a prompt and of learning."""
    native = device.type == "cuda" or bool(torch.cpu._is_avx512_bf16_supported())
    return torch.bfloat16 if native else torch.float32


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    """Return every token that ends a turn, those of the model and that of the tokenizer."""
    ends = model.generation_config.eos_token_id
    listed = list(ends) if isinstance(ends, list | tuple) else [ends]
    return frozenset(int(token) for token in [*listed, tokenizer.eos_token_id] if token is not None)
