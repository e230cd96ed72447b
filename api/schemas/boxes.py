"""A place on a page."""

from __future__ import annotations

from api.schemas.common import View


class BoxView(View):
    """A rectangle on a page, in fractions of its width and height, origin top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float
