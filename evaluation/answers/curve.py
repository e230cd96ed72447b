"""Draw risk-coverage curves as SVG: how many shown answers are wrong, by how many are shown. Knows only figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from generation.refusal.calibration import Point

WIDTH, HEIGHT, MARGIN = 640, 420, 60
DASHES = ("none", "6 4", "2 3")
FINEST = 1.5
"""Points nearer to each other than this, in pixels, are drawn as one."""
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def draw_curve(curves: Mapping[str, Sequence[Point]], thresholds: Mapping[str, float], title: str) -> str:
    """Return an SVG of the curves by name, with a labelled mark on the first curve for each threshold."""
    points = next(iter(curves.values()), ())
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
            'font-size="12" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            _text(WIDTH / 2, 24, title, "middle"),
            *(part for tick in TICKS for part in _ticks(tick)),
            _text(WIDTH / 2, HEIGHT - 12, "coverage: share of questions that are answered", "middle"),
            _text(MARGIN, MARGIN - 14, "risk: share of shown answers that are wrong, or not in the documents", "start"),
            *(part for place, named in enumerate(curves.items()) for part in _curve(*named, place)),
            *(part for place, mark in enumerate(thresholds.items()) for part in _mark(points, *mark, place)),
            "</svg>\n",
        ]
    )


def _curve(name: str, points: Sequence[Point], place: int) -> list[str]:
    """Return a line and its entry in the legend; points too near to be seen apart are left out."""
    line: list[tuple[float, float]] = []
    for point in points:
        x, y = round(_x(point.coverage), 1), round(_y(point.risk), 1)
        if not line or max(abs(x - line[-1][0]), abs(y - line[-1][1])) >= FINEST or point is points[-1]:
            line.append((x, y))
    style = f'fill="none" stroke="#1d4ed8" stroke-width="2" stroke-dasharray="{DASHES[place % len(DASHES)]}"'
    left, legend_y = WIDTH - MARGIN - 190, HEIGHT - MARGIN - 34 + 18 * place
    return [
        f'<polyline points="{" ".join(f"{x:g},{y:g}" for x, y in line)}" {style}/>',
        f'<path d="M{left} {legend_y - 4}h24" {style}/>',
        _text(left + 30, legend_y, name, "start"),
    ]


def _mark(points: Sequence[Point], name: str, threshold: float, place: int) -> list[str]:
    """Return a dot and its label; every second label is below the curve, so that neighbours do not overlap."""
    reached = [point for point in points if point.threshold >= threshold]
    if not reached:
        return []
    x, y = _x(reached[-1].coverage), _y(reached[-1].risk)
    below = place % 2 == 1
    aside, anchor = (8, "start") if x < WIDTH / 3 or (below and x < 2 * WIDTH / 3) else (-8, "end")
    label = _text(x + aside, y + (20 if below else -10), f"{name}: {threshold:g}", anchor)
    return [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#b91c1c"/>', label]


def _ticks(share: float) -> list[str]:
    x, y = _x(share), _y(share)
    return [
        f'<path d="M{MARGIN} {y:.1f}H{WIDTH - MARGIN}M{x:.1f} {MARGIN}V{HEIGHT - MARGIN}" stroke="#d4d4d4"/>',
        _text(x, HEIGHT - MARGIN + 18, f"{share:g}", "middle"),
        _text(MARGIN - 8, y + 4, f"{share:g}", "end"),
    ]


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _x(coverage: float) -> float:
    return MARGIN + coverage * (WIDTH - 2 * MARGIN)


def _y(risk: float) -> float:
    return HEIGHT - MARGIN - risk * (HEIGHT - 2 * MARGIN)
