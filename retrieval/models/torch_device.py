"""What the torch backends share: is the device there, in which precision, and what to do when its memory is full.

Knows no model. Prepares the libraries around torch for a service: quiet, and with as many threads as it may take.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog
import torch
from transformers.utils.logging import disable_progress_bar

from core.errors import SettingsError, Unavailable
from retrieval.models.spec import CPU

T = TypeVar("T")
log = structlog.get_logger(__name__)


def check_device(setting: str, device: str) -> str:
    """Return the device by its full name, such as cuda:0. Raises SettingsError when it is not there."""
    if device == CPU:
        return CPU
    number = int(device.partition(":")[2] or 0)
    if not torch.cuda.is_available() or number >= torch.cuda.device_count():
        raise SettingsError(
            f"{setting} asks for {device}, but torch sees {torch.cuda.device_count()} GPUs here.",
            hint="Use device=cpu, or install the extra 'vouch[gpu]' and check the driver with `nvidia-smi`.",
        )
    return f"cuda:{number}"


def prepare(threads: int) -> None:
    """Set torch's threads for this process (0 leaves its own choice) and keep transformers from drawing bars."""
    disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)


def precision(dtype: str) -> torch.dtype:
    """Return torch's name for float32, float16 or bfloat16."""
    found: torch.dtype = getattr(torch, dtype)
    return found


def halving(size: int, run: Callable[[int], T]) -> tuple[T, int]:
    """Run with batches of `size`; while the device's memory is too small for them, with half as many.

    Returns the result and the size that went well. Raises Unavailable when one at a time is too many.
    """
    while True:
        try:
            return run(size), size
        except torch.OutOfMemoryError as error:
            if size == 1:
                raise Unavailable(
                    "The device's memory is too full to run the model.", hint="Free some, or use another device."
                ) from error
            size //= 2
        torch.cuda.empty_cache()
        log.warning("batch_halved", size=size)
