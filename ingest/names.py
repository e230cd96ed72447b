"""Which of a model's guesses at people's names to believe: manuals are full of capitalised words that are not names.

The model (small, English) decides first; these rules only drop and add. They were tuned on labelled sentences and on
technical corpora; docs/decisions/0011 has the figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

_TITLE = r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Madam|Herr|Frau|Señor|Señora|Mme|Monsieur)\.?"
_NAME = r"[^\W\d_][\w'’-]*\.?"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LOWER = re.compile(r"(?<![\w'’-])[^\W\d_A-Z][^\W\d_]+(?![\w’'-])")
_ODD = re.compile(r"[\d_/\\@#%&*+=<>{}\[\]|~^:;!?\"“”()]")
_PARTICLES = frozenset({"de", "da", "do", "dos", "del", "della", "di", "la", "le", "van", "von", "der", "den", "bin", "al", "el", "y", "e"})
ANNOUNCED = re.compile(
    rf"(?:\b(?:[Mm]y name is|[Nn]ame\s?:|[Cc]alled|[Dd]ear|[Hh]i|[Hh]ello|[Ss]igned|[Ss]incerely,?|[Rr]egards,?|I am|I'm|"
    rf"[Cc]ontact|[Cc]ontact person:?|[Aa]ttn\.?:?|[Aa]uthor:?|[Aa]pproved by:?|[Pp]repared by:?|[Ww]ritten by:?)\s+(?:is\s+)?|\b{_TITLE}\s)\Z"
)
TITLED = re.compile(rf"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.?\s((?:[^\W\d_a-zß-öø-ÿ][\w'’-]+\.?\s?){{1,3}})")


def lower_words(texts: Iterable[str]) -> frozenset[str]:
    """Return the words that a document writes in small letters somewhere: those are no names there."""
    return frozenset(word for text in texts for word in _LOWER.findall(text))


def is_name(text: str, start: int, end: int, common: Set[str]) -> bool:
    """Say whether `text[start:end]`, which a model took for a person, is believable as one."""
    found = text[start:end]
    words = _WORD.findall(found)
    if not words or _ODD.search(found) or "\n" in found.strip() or len(words) > 5:
        return False
    telling = [word for word in words if word.lower() not in _PARTICLES]
    if not telling or any(len(word) > 20 for word in telling):
        return False
    if ANNOUNCED.search(text[max(0, start - 40) : start]):
        return True
    capitalised = [word for word in telling if word[0].isupper()]
    if len(capitalised) < len(telling) or all(word.isupper() and len(word) > 1 for word in telling):
        return False
    strange = [word for word in telling if word.lower() in common or word.lower() in NOT_NAMES]
    if len(telling) == 1:
        return not strange and len(telling[0]) > 2 and not _mixed(telling[0])
    return len(strange) < len(telling) and not any(word.lower() in NOT_NAMES for word in telling)


def _mixed(word: str) -> bool:
    """Words such as "iPhone" or "mTOR" name things."""
    return any(c.isupper() for c in word[1:]) and not re.match(r"(?:Mc|Mac|O['’]|D['’]|De|Di|La|Le|Van)[A-Z]|.*-[A-Z]", word)


NOT_NAMES = frozenset(
    """
    about access account action add adjust air alert allow analysis antenna app appendix application apply audio auto back
    balance bar base basic battery before bluetooth board box brightness browser button cable calendar call camera cancel
    card care case cell center change channel chapter chart check clean click clock close code color colour company
    component computer configuration connect connection contact content control copy cover credit current custom dashboard
    data date default delete description design device dialog disc display document download drive edit email enable end
    energy enter equation error ethernet event exit external factory figure file filter firmware folder font form format
    frame free full function game general go group guide hard hdmi head help hold home icon image important info
    information input install internet item key keyboard kit label language laser lead led left level light line link list
    live load lock log login logo main manual map media memory menu message method mode model module monitor mouse movie
    music mute network next note notice number off office ok on open option order output overview owner page panel
    password pen phone photo picture play player point port power press preview print printer privacy product profile
    program project protein push quick radio read receiver recording red reference region register release remote remove
    repeat report request reset resolution result return review right room router safety sample save scan scene schedule
    screen search section security select sensor server service set settings setup share shop show signal simple size
    sleep smart software sound source speaker speed standard start state station status step stop storage store stream
    style submit subtitle support surround switch system tab table task television test text time timer title tool touch
    tuner turn tv type unit update upgrade upload usb user version video view viewing voice volume warning warranty
    watch web wheel white wide widget wifi window wireless zone zoom
    """.split()
)
"""Words of manuals that start names of keys and menus; a person called so is found by his title or his first name."""
