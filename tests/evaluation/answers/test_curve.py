"""The picture of risk over coverage."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from evaluation.answers.curve import draw_curve
from generation.refusal.calibration import Point


def test_a_title_is_escaped() -> None:
    points = [Point(0.9, 0.5, 0.1), Point(0.4, 1.0, 0.3)]
    drawn = draw_curve({"<words>": points, "documents": points}, {"in force": 0.5}, "</title><script>")
    root = ET.fromstring(drawn)
    assert not any(part.tag.endswith("script") for part in root.iter())
    assert {"in force: 0.5", "<words>", "documents"} <= {part.text for part in root.iter()}
    assert len(root.findall("{*}polyline")) == 2
