"""One lock for everything that loads models in a background thread."""

from __future__ import annotations

import threading

ONE_AT_A_TIME = threading.Lock()
"""Held while a model loads: heavy libraries that import one another must not be imported from two threads."""
