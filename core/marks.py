"""Marks of suspicious text: instructions to a language model, links that send data out, markup that a page would run.

A function of the text alone, by patterns. Nothing is stored, so better patterns also work for stored documents. The
patterns cover the usual wordings in English and the most common one in five other languages; other wordings are not
found. What follows from a mark is decided where texts are read, shown or given to a model.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Literal

Mark = Literal["instructions", "link", "markup"]
MARKS: tuple[Mark, ...] = ("instructions", "link", "markup")

_MODEL = r"(?:ai|a\.i\.|llms?|ai assistant|(?:large )?language models?|chat ?bots?|chat ?gpt|gpt-?\d\w*|claude|gemini)"
_WORDS = r"(?:[^\s.!?:]+ ){0,4}?"
"""At most four words of one sentence."""
_EARLIER = r"(?:previous|prior|above|earlier|preceding|foregoing|former|existing|system|original|other|following)"
_NOUNS = r"(?:instructions|prompts?|directions|rules|guidelines|directives|orders|constraints|context)"
_SPEAK = (
    r"(?:answer|respond|reply|speak|act (?:as|like)|behave|pretend|role-?play|refuse|obey|comply|follow my|do as i|"
    r"recommend|praise)"
)
"""What one orders a model to do, and seldom a person who reads a manual."""
_INSTRUCTIONS: tuple[tuple[tuple[str, ...], str], ...] = (
    # "ignore all previous instructions", but not "do not ignore" and "if you ignore", which are usual in manuals
    (
        ("ignore", "disregard", "forget", "override", "bypass"),
        rf"(?<!not )(?<!n't )(?<!never )(?<!you )(?<!they )(?<!who )(?<!may )"
        rf"\b(?:ignore|disregard|forget|override|bypass) (?:(?:any|all|every|each|the|your|my|those|these|of) ){{0,3}}?"
        rf"(?:{_EARLIER} (?:[a-z]+ ){{0,3}}?{_NOUNS}|{_NOUNS} {_WORDS}(?:above|before|so far|until now|given to you)|"
        r"(?:everything|anything|all) (?:that )?(?:you|i|we|above|before)|"
        r"your (?:[a-z]+ )?(?:instructions|rules|guidelines|training))\b",
    ),
    # a new role for the model
    (
        ("from now on",),
        r"\bfrom now on,? you (?:(?:will|must|shall|have to|always|only|are (?:going|required) to|should) "
        rf"(?:only |always )?(?:be an? |have to )?{_SPEAK}\b|are (?:an? |the )?(?:[a-z]+ ){{0,2}}?{_MODEL}\b)",
    ),
    (
        ("you are", "you will", "you must"),
        rf"\byou are (?:now|about to|going to) (?:be an? (?:{_MODEL}\b|[a-z]+ (?:that|who|without)\b)|act as\b|pretend|"
        rf"play the (?:role|part)|immerse|respond|simulate|(?:an? )?{_MODEL}\b)|"
        rf"\byou (?:will|must) now (?:take on the role|assume the role|act as (?:an? |if )|pretend|respond(?! to))\b|"
        rf"\bif you are (?:an? |the )?{_MODEL}\b",
    ),
    (
        ("pretend", "imagine"),
        r"\b(?:pretend|imagine) (?:to be|you are|that you are|you're) (?:an? )?"
        r"(?:ai|unrestricted|unfiltered|evil|dan)\b",
    ),
    (
        ("act as", "acting as"),
        rf"\bact(?:ing)? as (?:if you (?:are|were) )?(?:an? )?(?:{_MODEL}\b|dan\b|unrestricted|unfiltered|uncensored)",
    ),
    (
        ("break character", "do anything now"),
        r"\b(?:not|never|you) break character\b(?! [a-z]+ing)|\bdo anything now\b",
    ),
    # the model is addressed
    (
        (
            "attention",
            "dear",
            "note to",
            "note for",
            "message to",
            "message for",
            "instructions to",
            "instructions for",
        ),
        rf"\b(?:attention|dear|(?:note|message|instructions) (?:to|for)),?:? (?:all |any |the |an? )?{_MODEL}"
        r"(?:\s*[:,;!—–-]|$| (?:please|you|do|say|ignore|must|should)\b)",
    ),
    # secrets that it is asked to reveal
    (
        ("prompt", "instruction", "message"),
        r"\b(?:reveal|print|repeat|show|output|display|leak|disclose|send|tell) (?:me |us )?(?:back )?"
        r"(?:(?:your|the) (?:full |entire |complete )?(?:system|initial|hidden|original|secret) "
        r"(?:prompt|instructions)|"
        r"your (?:full |entire |complete )?(?:system|initial|hidden|original|secret) message)",
    ),
    (
        ("above", "before"),
        r"\b(?:repeat|print|output) (?:everything|all(?: of)?(?: the)? (?:text|words)|the (?:text|words)) "
        r"(?:above|before)\b(?! (?:for|with|on|if|until)\b)",
    ),
    (
        ("url", "link", "image", "markdown", "http"),
        rf"\b(?:append|add|include|embed|insert|put|send|encode|post|write) {_WORDS}(?:conversation|chat history|"
        r"(?:user|customer|reader)(?:'s|s')? (?:question|query|message|input)|the question) (?:[^\s.!?]+ ){0,3}?"
        r"(?:to|into|in|with) (?:[^\s.!?]+ ){0,3}?(?:url\b|link\b|image\b|markdown\b|https?:)",
    ),
    # text that it is told to write
    (
        ("when you ", "whenever you "),
        r"\bwhen(?:ever)? you (?:answer|respond|reply|summari[sz]e)(?: (?:this|the) (?:document|text|question))?,? "
        r"(?:always|add this|append|include this|recommend|mention|insert)\b",
    ),
    (("stop everything",), r"\bstop everything\W+(?:now|and (?:print|output|write|say|answer))\b"),
    (
        ("override", "prompt", "instructions"),
        r"\b(?:system|developer|admin) (?:override|prompt)\s*:|"
        r"(?<!the )(?<!our )\bnew (?:system )?(?:instructions|prompt)\s*:",
    ),
    # markers of a chat template
    (
        ("<|", "inst]", "<<sys", "_of_turn"),
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>|\[/?inst\]|<<sys>>|"
        r"<(?:start|end)_of_turn>",
    ),
    # "ignore all previous instructions" in German, French, Spanish, Italian, Portuguese
    (
        ("ignorier", "vergiss", "vergessen", "missachte"),
        r"\b(?:ignorier(?:e|en sie|t)|vergiss|vergessen sie|missachte) (?!nicht )(?:\S+ ){0,3}?"
        r"(?:vorherigen?|bisherigen?|obigen?|früheren?|vorangegangenen?) (?:\S+ )?"
        r"(?:anweisung|instruktion|regel|vorgabe)",
    ),
    (
        ("ignor", "oublie", "olvid", "dimentica", "esque"),
        r"(?<!n')\b(?:ignore[zr]?|oublie[zr]?) (?!pas )(?:\S+ ){0,3}?(?:instructions?|consignes?|directives?) "
        r"(?:précédentes?|antérieures?|ci-dessus)|"
        r"\b(?:ignor[ae]r?|olvid[ae]) (?:\S+ ){0,3}?(?:instrucciones|órdenes|reglas) (?:anteriores|previas)|"
        r"\b(?:ignor[ai]|dimentica|ignorate) (?:\S+ ){0,3}?(?:istruzioni|indicazioni) (?:precedenti|sopra)|"
        r"\b(?:ignor[ea]|esqueç?[ae]) (?:\S+ ){0,3}?(?:instruções|ordens|regras) (?:anteriores|acima)",
    ),
)
"""Each pattern with words of which the text must have one: for most texts only these are searched, which is fast."""
_LINKS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("![",), r"!\[[^\]\n]{0,300}\]\(\s*<?(?:https?:)?//"),  # an image that a page fetches by itself
    (("<img",), r"<img\b[^<>]{0,300}\bsrc\s*=\s*[\"']?(?:https?:)?//"),
    # a URL with a placeholder: a model that fills it in sends the question to that site
    (("http",), r"\bhttps?://[^\s\"'<>]{0,300}[?&][\w.-]+=[\w.+-]*(?:\{|\$\{?|<|%s|\[|%7b)"),
    (("data:",), r"\bdata:[\w/+.-]*(?:;[\w=-]+)*;base64,"),
)
_MARKUP: tuple[tuple[tuple[str, ...], str], ...] = (
    (("<",), r"<\s*/?\s*(?:script|iframe|frameset)\b|<\s*(?:object|embed|applet|base|meta)\s+[a-z-]+\s*="),
    (("<",), r"<[a-z][\w:-]*\b[^<>]{0,500}?[\s\"'/]on[a-z]{3,20}\s*="),
    (("script", "data:text"), r"\b(?:javascript|vbscript)\s*:\s*[\w(/%]|\bdata:text/html\b"),
)
_PATTERNS: dict[Mark, tuple[tuple[tuple[str, ...], str], ...]] = {
    "instructions": _INSTRUCTIONS,
    "link": _LINKS,
    "markup": _MARKUP,
}
_COMPILED = {mark: tuple((words, re.compile(pattern)) for words, pattern in found) for mark, found in _PATTERNS.items()}
_LOOKALIKES = str.maketrans("аеорсухіјѕԁһԛԝαενορτυχ", "aeopcyxijsdhqwaevoptux")
"""Cyrillic and Greek letters that look like Latin ones."""
_MIXED_SCRIPT = re.compile(r"(?=\w*[a-z])(?=\w*[Ͱ-ӿԀ-ԯ])\w+")


_PARAGRAPH = re.compile(r"\n\s*\n")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)


def marks(text: str) -> tuple[Mark, ...]:
    """Return the marks of a text, in the order of MARKS; nearly every text has none."""
    plain = _plain(text)
    return tuple(mark for mark in MARKS if _has(mark, plain))


def addresses_model(text: str) -> bool:
    """Return whether a text contains instructions to a language model."""
    return _has("instructions", _plain(text))


def part_for_models(text: str, around: str = "") -> tuple[int, int] | None:
    """Return the span from the first to the last paragraph with instructions to a model; None if there are none.

    `around` is the title and the headings of the text. If an instruction is complete only across several paragraphs or
    with the headings, the span is the whole text.
    """
    if not addresses_model(f"{around}\n{text}"):
        return None
    edges = [0, *(match.end() for match in _PARAGRAPH.finditer(text)), len(text)]
    found = [(start, end) for start, end in pairwise(edges) if addresses_model(text[start:end])]
    return (found[0][0], found[-1][1]) if found else (0, len(text))


def marks_of(text: str, start: int, end: int) -> tuple[Mark, ...]:
    """Return the marks of `text[start:end]`, with `instructions` if paragraphs around it contain some."""
    own = marks(text[start:end])
    part = part_for_models(text)
    among = part is not None and start < part[1] and end > part[0]
    return ("instructions", *own) if among and "instructions" not in own else own


def _has(mark: Mark, plain: str) -> bool:
    return any(any(word in plain for word in words) and pattern.search(plain) for words, pattern in _COMPILED[mark])


def _plain(text: str) -> str:
    """Return the text normalized: lower case, single spaces, no invisible characters, no lookalike letters."""
    shown = text if text.isascii() else _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    folded = " ".join(shown.casefold().replace("’", "'").split())
    return folded if folded.isascii() else _MIXED_SCRIPT.sub(lambda word: word.group().translate(_LOOKALIKES), folded)
