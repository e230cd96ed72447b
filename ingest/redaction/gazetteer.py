"""Given names and surnames of some eighty languages and countries, from the lists in Faker; nothing is generated.

`ingest.redaction.names` decides how much a listed name counts next to a model's guess.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from faker.providers import person
from faker.providers.address import en_US


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names in lower case."""

    given: frozenset[str]
    surnames: frozenset[str]
    places: frozenset[str]
    """Countries and states of the United States, in English; only names of one word."""


def load_gazetteer() -> Gazetteer:
    """Load every list; takes about half a second."""
    places = (*en_US.Provider.countries, *en_US.Provider.states)
    return Gazetteer(
        frozenset(_names("first_names")),
        frozenset(_names("last_names")),
        frozenset(place.lower() for place in places if " " not in place),
    )


def _names(prefix: str) -> Iterator[str]:
    for module in pkgutil.iter_modules(person.__path__):
        if not module.ispkg:
            continue
        provider = import_module(f"{person.__name__}.{module.name}").Provider
        for attribute in dir(provider):
            names = getattr(provider, attribute) if attribute.startswith(prefix) else ()
            if isinstance(names, dict | list | tuple):
                whole = (name for name in names if isinstance(name, str))
                yield from (part.lower() for name in whole for part in name.split() if len(part) > 1)
