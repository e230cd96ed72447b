"""Reads CSS lengths, sums of them, and transforms, for a desktop screen of 1280 by 800 pixels."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

SCREEN_WIDTH, SCREEN_HEIGHT = 1280.0, 800.0
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_LENGTH = re.compile(rf"({_NUMBER})(%|[a-z]*)")
_MATHS = re.compile(r"(?:-webkit-)?calc\(|\b(?:min|max|clamp)\(")
_PIXELS: dict[str, float] = {
    "px": 1.0,
    "pt": 96 / 72,
    "pc": 16.0,
    "in": 96.0,
    "cm": 96 / 2.54,
    "mm": 96 / 25.4,
    "q": 96 / 101.6,
    "rem": 16.0,
    **dict.fromkeys(("vw", "svw", "lvw", "dvw", "vi"), SCREEN_WIDTH / 100),
    **dict.fromkeys(("vh", "svh", "lvh", "dvh", "vb"), SCREEN_HEIGHT / 100),
    "vmin": SCREEN_HEIGHT / 100,
    "vmax": SCREEN_WIDTH / 100,
}
_OF_LETTER = {"em": 1.0, "ex": 0.5, "ch": 0.5, "ic": 1.0, "lh": 1.2, "cap": 0.7}
_SIGNS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def length(text: str, letter: float, whole: float = SCREEN_WIDTH) -> float | None:
    """Return a length in pixels; `letter` is the font size and `whole` is what per cents are of. None: not a length."""
    if (match := _LENGTH.fullmatch(text.strip())) is not None:
        return _pixels(float(match[1]), match[2], letter, whole)
    if _MATHS.match(text) is None:
        return None
    plain = _MATHS.sub(lambda found: "(" if "calc" in found[0] else found[0], text)
    numbers = _LENGTH.sub(lambda found: _in_maths(found, letter, whole), plain.replace("- ", "-").replace("+ ", "+"))
    try:
        return _sum(ast.parse(numbers.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, TypeError, RecursionError, MemoryError):
        return None


@dataclass(frozen=True, slots=True)
class Transform:
    """How a box is drawn: shares of its width and height that are left, and pixels and own sizes it moves."""

    across: float = 1.0
    down: float = 1.0
    x: float = 0.0
    y: float = 0.0
    own_x: float = 0.0
    own_y: float = 0.0


def transform(text: str, letter: float) -> Transform:
    """Return what the functions of a transform do together; those that keep a box's area and place do nothing."""
    across = down = 1.0
    x = y = own_x = own_y = 0.0
    for name, inside in re.findall(r"([a-z0-9]+)\(((?:[^()]|\([^()]*\))*)\)", text):
        values = [part.strip() for part in inside.split(",")]
        if name.startswith("scale"):
            first, second = _scales(name, [_factor(value) for value in values])
            across, down = across * first, down * second
        elif name == "matrix" and len(values) == 6:
            a, b, c, d, e, f = (_factor(value) for value in values)
            across, down = across * math.hypot(a, b), down * math.hypot(c, d)
            x, y = x + e, y + f
        elif name in {"rotatex", "rotatey"}:
            share = abs(math.cos(_angle(values[0])))
            across, down = (across, down * share) if name == "rotatex" else (across * share, down)
        elif name.startswith("translate") and name != "translatez":
            right, below = [*values, "0"][:2] if name in {"translate", "translate3d"} else (values[0], values[0])
            if name != "translatey":
                x, own_x = _moved(right, letter, x, own_x)
            if name != "translatex":
                y, own_y = _moved(below, letter, y, own_y)
    return Transform(abs(across), abs(down), x, y, own_x, own_y)


def _pixels(number: float, unit: str, letter: float, whole: float) -> float | None:
    if unit == "%":
        return number / 100 * whole
    if not unit:
        return 0.0 if number == 0 else None
    if unit in _OF_LETTER:
        return number * _OF_LETTER[unit] * letter
    return number * _PIXELS[unit] if unit in _PIXELS else None


def _in_maths(found: re.Match[str], letter: float, whole: float) -> str:
    value = float(found[1]) if not found[2] else _pixels(float(found[1]), found[2], letter, whole)
    sign = "+" if found[1][0] in "+-" and found.start() and found.string[found.start() - 1] in " )" else ""
    return found[0] if value is None else f"{sign}({value:f})"


def _sum(node: ast.expr) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.UnaryOp):
        return _sum(node.operand) * (-1 if isinstance(node.op, ast.USub) else 1)
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        return _SIGNS[type(node.op)](_sum(node.left), _sum(node.right))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        values = [_sum(each) for each in node.args]
        if node.func.id == "clamp" and len(values) == 3:
            return max(values[0], min(values[1], values[2]))
        return min(values) if node.func.id == "min" else max(values)
    raise ValueError


def _scales(name: str, factors: Sequence[float]) -> tuple[float, float]:
    if name == "scalex":
        return factors[0], 1.0
    if name == "scaley":
        return 1.0, factors[0]
    return (1.0, 1.0) if name == "scalez" else (factors[0], factors[min(1, len(factors) - 1)])


def _factor(text: str) -> float:
    match = _LENGTH.fullmatch(text)
    return 1.0 if match is None else float(match[1]) / (100 if match[2] == "%" else 1)


def _angle(text: str) -> float:
    match = _LENGTH.fullmatch(text)
    if match is None:
        return 0.0
    return float(match[1]) * {"rad": 1.0, "turn": 2 * math.pi, "grad": math.pi / 200}.get(match[2], math.pi / 180)


def _moved(text: str, letter: float, pixels: float, own: float) -> tuple[float, float]:
    if text.endswith("%") and (match := _LENGTH.fullmatch(text)) is not None:
        return pixels, own + float(match[1]) / 100
    return pixels + (length(text, letter) or 0.0), own
