"""An account of what was read: the words in a file's own text against the words that are stored.

Readers say what they leave out and why (`left_out`); `ingest.hidden_text.report` does so for hidden text. The words of
the file are found by other code than the reader's (`ingest.readers.source_words`), so that what a reader never saw is
noticed too. Words are runs of letters and digits, so that punctuation, bullets and markup do not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from core.blocks import Element, walk
from core.types import Account, LeftOut

REASONS: dict[str, str] = {
    "struck": "struck out",
    "deleted": "deleted, with the change recorded",
    "inserted": "inserted, with the change recorded, and left out because the original was asked for",
    "comment": "in comments",
    "navigation": "menus and navigation",
    "control": "buttons and form controls",
    "running_head": "running heads and feet",
    "page_number": "page numbers",
    "repeated_header": "a table's header that comes again on the next page",
    "bullet": "bullets and other marks of a list",
    "gibberish": "could not be read",
    "nested": "nested too deeply",
    "attachment": "attached files",
    "formula": "formulas without a stored value",
    "field": "codes of fields",
    "script": "scripts and styles",
    "decoration": "icons and copies of text that screen readers skip",
    "fallback": "for programs that cannot show a part of the page",
    "line_number": "numbers of the lines of code",
    "metadata": "what a file says about itself above its text",
    "markup": "words of the markup itself",
    "too_wide": "in columns of a table beyond the thousandth",
    "placeholder": "empty placeholders of a template",
    "hidden": "text that readers do not see",
}
"""Each reason why words are left out, in words for the account."""
_CUT_OFF = frozenset({"nested", "too_wide"})
ALARM = 0.02
"""The share of a file's words without a reason from which the account is a warning."""
MAX_EXAMPLE = 80
"""Characters of what was left out that are kept as an example; the pipeline redacts them."""
MAX_EXAMPLES = 20
MAX_JOINED = 4
"""Words of the file that may be one word in the text: a hyphen at a line end, letters that are spaced out."""
LONGEST_PARTED = 100
"""Letters of a word that may be two words in the text; longer ones are data, not words."""

_WORD = re.compile(r"\w+")


@dataclass(slots=True)
class _Left:
    words: Counter[str] = field(default_factory=Counter)
    example: str = ""


_current: ContextVar[dict[str, _Left] | None] = ContextVar("left_out", default=None)


@contextmanager
def collected() -> Iterator[dict[str, _Left]]:
    """Collect by reason what readers leave out while the block runs."""
    found: dict[str, _Left] = {}
    token = _current.set(found)
    try:
        yield found
    finally:
        _current.reset(token)


def left_out(reason: str, text: str) -> None:
    """Count the words of a text that a reader leaves out on purpose; `reason` is a key of `REASONS`."""
    assert reason in REASONS, reason
    found = _current.get()
    words = words_of(text) if found is not None else []
    if found is None or not words:
        return
    entry = found.setdefault(reason, _Left())
    entry.words.update(words)
    entry.example = entry.example or " ".join(text.split())[:MAX_EXAMPLE]


def words_of(text: str) -> list[str]:
    """Return the words of a text in order, as they are compared: letters and digits, in compatible form and case."""
    plain = unicodedata.normalize("NFKC", text).replace("\u00ad", "").casefold()
    return _WORD.findall(plain)


def account(source: Sequence[str], elements: Iterable[Element], left: dict[str, _Left]) -> Account:
    """Return the account of a file with these words (`words_of`), these elements, and what was left out."""
    stored = Counter(word for element in elements for word in words_of(_once(element)))
    known = Counter(stored)
    for entry in left.values():
        known.update(entry.words)
    missing = _missing(source, known)
    reasons = sorted(left.items(), key=lambda item: -item[1].words.total())
    listed = tuple(LeftOut(reason, entry.words.total(), entry.example) for reason, entry in reasons)
    return Account(len(source), stored.total(), listed, len(missing), tuple(missing[:MAX_EXAMPLES]))


def warning(found: Account) -> str | None:
    """Return a warning if too many words of the file are missing without a reason; None if they are not."""
    if found.unexplained <= ALARM * found.source_words:
        return None
    share = 100 * found.unexplained / found.source_words
    return (
        f"{found.unexplained} of the file's {found.source_words} words ({share:.1f} %) are not in the text that was "
        "read, and no reason is known. Compare the text with the file before you rely on it."
    )


def cut_off(found: Account) -> str | None:
    """Return a warning if a part of the file is beyond what is read of any file; None if all is within."""
    words = {left.reason: left.words for left in found.left_out if left.reason in _CUT_OFF}
    if not words:
        return None
    parts = " and ".join(f"{count} words {REASONS[reason]}" for reason, count in words.items())
    return f"The text is not whole: {parts} were left out."


def _missing(source: Sequence[str], known: Counter[str]) -> list[str]:
    """Return the words of the source that are not known, in order; words that were joined or parted are known."""
    left = Counter(known)
    gaps: list[int] = []
    for place, word in enumerate(source):
        if left[word] > 0:
            left[word] -= 1
        else:
            gaps.append(place)
    if not gaps:
        return []
    rest = +left
    return [source[place] for place in _not_joined(source, gaps, rest)]


def _not_joined(source: Sequence[str], gaps: Sequence[int], rest: Counter[str]) -> list[int]:
    """Return the gaps that are no part of a longer word in `rest` and no row of shorter ones."""
    open_gaps = set(gaps)
    for place in gaps:
        if place not in open_gaps:
            continue
        for first in range(max(0, place - MAX_JOINED + 1), place + 1):
            run = next(
                (
                    count
                    for count in range(2, MAX_JOINED + 1)
                    if first + count > place and rest["".join(source[first : first + count])] > 0
                ),
                0,
            )
            if run:
                rest["".join(source[first : first + run])] -= 1
                open_gaps -= set(range(first, first + run))
                break
    noted = _noted(rest)
    return [
        place
        for place in gaps
        if place in open_gaps and not _numbered(source[place], noted, rest) and not _parted(source[place], rest)
    ]


def _noted(rest: Counter[str]) -> dict[str, list[str]]:
    """Return the words with a number at their end by the word before it: a program counts notes, its file does not."""
    found: dict[str, list[str]] = {}
    for word in rest:
        if bare := word.rstrip("0123456789"):
            found.setdefault(bare, []).append(word)
    return found


def _numbered(word: str, noted: Mapping[str, Sequence[str]], rest: Counter[str]) -> bool:
    """Return whether the number of a note stands at this word in the text, and take both from `rest`."""
    found = next((each for each in noted.get(word, ()) if each != word and rest[each] > 0), None)
    if found is not None:
        rest[found] -= 1
    return found is not None


def _parted(word: str, rest: Counter[str]) -> bool:
    """Return whether two words of `rest` make this word, and take them from it."""
    if len(word) > LONGEST_PARTED:
        return False
    for at in range(1, len(word)):
        first, second = word[:at], word[at:]
        if rest[first] > 0 and rest[second] > (1 if first == second else 0):
            rest.subtract((first, second))
            return True
    return False


def _once(element: Element) -> str:
    """Return the element's text without the places where a merged cell stands once more."""
    parts, at = [], 0
    for block in walk([element.block]):
        if block.repeated and block.kind == "cell":
            parts.append(element.text[at : block.start])
            at = max(at, block.end)
    parts.append(element.text[at:])
    return " ".join(parts)
