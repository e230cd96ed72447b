"""One lock for everything that loads models in a background thread. Knows nothing of what is loaded."""

from __future__ import annotations

import threading

ONE_AT_A_TIME = threading.Lock()
"""Held while something opens: heavy libraries that import one another must not be imported from two threads."""
