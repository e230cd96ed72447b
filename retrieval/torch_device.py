"""Checks that torch can use the device that a URL asks for, and prepares the libraries around it."""

from __future__ import annotations

import torch
from transformers.utils.logging import disable_progress_bar

from core.errors import SettingsError
from retrieval.weights import CPU


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
