"""What the torch backends share: the check of the device, the precision, and smaller batches when memory is full.

Knows no model. Configures torch and transformers for a service: no progress bars, and the given number of threads.
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
    """Return the device's full name, such as cuda:0. Raises SettingsError when torch does not see it."""
    if device == CPU:
        return CPU
    number = int(device.partition(":")[2] or 0)
    if not torch.cuda.is_available() or number >= torch.cuda.device_count():
        raise SettingsError(
            f"{setting} asks for {device}, but torch sees {torch.cuda.device_count()} GPUs here.",
            hint="Use device=cpu, or install the extra 'vouch[gpu]' and check the driver with `nvidia-smi`.",
        )
    return f"cuda:{number}"


def configure_torch(threads: int) -> None:
    """Set torch's threads for this process (0 leaves the choice to torch) and turn off transformers' progress bars."""
    disable_progress_bar()
    if threads:
        torch.set_num_threads(threads)


def torch_dtype(dtype: str) -> torch.dtype:
    """Return torch's type for float32, float16 or bfloat16."""
    found: torch.dtype = getattr(torch, dtype)
    return found


def with_smaller_batches(size: int, run: Callable[[int], T]) -> tuple[T, int]:
    """Run with batches of `size`; halve the size while the device's memory is too small.

    Returns the result and the size that worked. Raises Unavailable when even a batch of one does not fit.
    """
    while True:
        try:
            return run(size), size
        except torch.OutOfMemoryError as error:
            if size == 1:
                raise Unavailable(
                    "The device has too little free memory to run the model.",
                    hint="Free memory, or use another device.",
                ) from error
            size //= 2
        torch.cuda.empty_cache()
        log.warning("batch_halved", size=size)
