"""The bullets and numbers before items of lists, for the reader of scans."""

from __future__ import annotations

import re

BULLET = re.compile(
    r"^\s*(?:[•▪◦‣●○■□▶►➢✓✔·\uf0b7\uf0a7\uf0d8–—*o-]\s+|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]\s+)(?=\S)"
)
