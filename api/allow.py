"""The header `Allow` of a 405: all methods of an address, over all of its routes.

The router itself names only the methods of the first route that matches, and each route here has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.routing import BaseRoute, Route

PARAMETER = re.compile(r"\{[^}]*\}")


def allowed_methods(routes: Iterable[BaseRoute], path: str) -> str:
    """Return the methods of a path, sorted and joined; "" if no route has it.

    `/v1/jobs/{id}:cancel` also matches `/v1/jobs/{id}`: the template with the most fixed characters counts.
    """
    matching = [route for route in routes if isinstance(route, Route) and route.path_regex.match(path)]
    if not matching:
        return ""
    nearest = max(matching, key=lambda route: len(PARAMETER.sub("", route.path))).path
    return ", ".join(sorted({method for route in matching if route.path == nearest for method in route.methods or ()}))
