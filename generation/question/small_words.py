"""The small words of nine languages: articles, prepositions, auxiliaries, pronouns and question words.

They tell in what language a question is, and which of its words name something: in other languages every word does.
Knows no grammar: no order of words, no endings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from generation.english.words import STOP

_TABLE = """
    en without within during exactly else not no may must might ok okay yes
    de der die das den dem des ein eine einen einem einer eines ist sind war wird werden wie was wo wann warum wieso
    de wer wem wen welche welcher welches welchen welchem wohin woher womit wofür kann können könnte muss müssen
    de soll sollte darf dürfen hat haben habe ich du wir sie es man mir mich uns euch mein meine meinen nicht kein
    de keine und oder aber mit von vom zu zum zur auf bei beim für im in am an aus nach vor um ohne über unter durch
    de auch noch nur so denn dann mal bitte sich ihn ihm ihr ihnen er davon damit dafür dabei daran darauf dazu dies
    de diese dieser diesen dieses genau sonst bis ab mehr als
    fr le la les l des du de d un une est sont était être a ont avoir ai comment quel quelle quels quelles quand
    fr pourquoi combien où qui que qu quoi je j nous vous il elle ils elles on ne n pas et ou mais avec pour dans
    fr sur au aux en par sans chez dois doit peut puis peux peuvent faut fait faire ce c cet cette ces ça cela y se
    fr s me m mon ma mes son sa ses leur leurs lui si plus aussi alors donc autre encore même t jusqu jusque pendant
    fr celui celle ceux celles dont lequel laquelle là
    es el la los las un una unos es son ser está están fue cómo como qué que cuál cuáles cuándo dónde cuánto cuánta
    es cuántos cuántas quién por para con sin del de al a en se puedo puede debo debe hay tiene tengo mi su sus tu y
    es e o u pero no lo le les ella ellos ese esa eso este esta esto también más
    it il lo la i gli le l un una uno è sono essere che come quale quali quando dove quanto quanta quanti quante chi
    it perché posso può devo deve ha ho hanno non e ed o ma con di del della dei delle al alla per in nel nella su
    it sul da dal si mi mio mia suo sua questo questa quello anche più lui lei loro c
    pt o a os as um uma uns é são ser está como que qual quais quando onde quanto quanta quantos quantas quem por
    pt para com sem do da dos das de no na nos nas em ao à se posso pode devo deve não e ou mas há tem tenho meu
    pt minha seu sua ele ela eles elas isso isto este esta também mais
    nl de het een is zijn was wordt worden hoe wat waar wanneer waarom wie welke welk kan kunnen moet moeten mag
    nl heeft heb hebben ik je jij u wij we ze zij hij niet geen en of maar met van naar op bij voor in aan uit om te
    nl door dan ook nog er mijn dit dat deze die hem haar hun daarvan
    pl jest są być był jak co gdzie kiedy dlaczego kto jaki jaka jakie który która które czy nie i a lub albo ale z
    pl ze do na w we od dla po przez za o u bez pod nad przy mogę może muszę musi trzeba mam ma ile się to ten ta te
    pl tego tej tym on ona ono oni jego jej ich mój moja też jeszcze
    cs je jsou být jak co kde kdy proč kdo jaký jaká jaké který která které zda ne a nebo ale z ze do na v ve od pro
    cs po za o u bez s se mohu může musím musí mám má kolik to ten ta ty jeho její jejich můj také ještě
"""


def _listed(table: str) -> Mapping[str, frozenset[str]]:
    """Return the words by language; a line begins with its code."""
    found: dict[str, set[str]] = {}
    for code, *words in map(str.split, table.strip().splitlines()):
        found.setdefault(code, set()).update(words)
    return MappingProxyType({code: frozenset(words) for code, words in found.items()})


NAMES: Mapping[str, str] = MappingProxyType(
    {
        "de": "German",
        "fr": "French",
        "es": "Spanish",
        "it": "Italian",
        "pt": "Portuguese",
        "nl": "Dutch",
        "pl": "Polish",
        "cs": "Czech",
    }
)
"""The names of the languages besides English, by code."""
SMALL_WORDS = _listed(f"en {' '.join(STOP)}\n{_TABLE.strip()}")
JOINING: Mapping[str, frozenset[str]] = _listed("""
    en and but or also
    de und aber oder auch
    fr et mais ou
    es y e o pero
    it e ed o ma
    pt e ou mas
    nl en maar of
    pl i a lub albo ale
    cs a nebo ale
""")
"""Words that join a question to the one before it."""
REFERRING: Mapping[str, frozenset[str]] = _listed("""
    en it its they them their he him his she her this that these those
    de er sie ihn ihm ihr ihnen davon damit dafür dabei daran darauf dazu diese dieser dieses dies
    fr il elle ils elles ça cela celui celle lui leur leurs son sa ses est-il est-elle sont-ils sont-elles peut-il
    es ella ellos ellas eso esto su sus
    it lui lei loro questo quello suo sua
    pt ele ela eles elas isso isto seu sua
    nl het hij ze hem hun dit dat daarvan
    pl on ona ono oni go jej ich tego tym
    cs on ona ono jeho její jejich
""")
"""Words that stand for something named before."""
POINTING: Mapping[str, frozenset[str]] = _listed("de das die der den dem")
"""Articles that stand for something named before where no noun follows: "Gilt das auch?"."""
PLACING: Mapping[str, frozenset[str]] = _listed("""
    en for on in at with without to from by under over after before during until
    de für auf in im an am mit ohne bei beim nach vor zu zum zur von vom aus unter über bis
    fr pour sur en à au aux dans avec sans chez sous avant après
    es para en con sin a de
    it per in con su senza
    pt para em com sem no na
    nl voor op in met zonder bij naar
    pl dla na w z do bez po
    cs pro na v s z do bez po
""")
"""Prepositions: what follows one in a question replaces what follows it in the question before."""
MEASURING = _listed("""
    en long often much many
    de lange oft viel viele
    fr longtemps souvent
    nl lang vaak veel
    pl długo często
    cs dlouho často
""")
"""Words that say what is asked for and not of what."""
_MEASURING = frozenset().union(*MEASURING.values())
_WORD = re.compile(r"[^\W_]+(?:[-‐./][^\W_]+)*", re.UNICODE)


def content(text: str) -> tuple[str, ...]:
    """Return the words of a text that are no small words, each once, as they are written."""
    small = of(SMALL_WORDS, text)
    found = {word.casefold(): word for word in words(text) if not set(word.casefold().split("-")) <= small}
    return tuple(found.values())


def words(text: str) -> list[str]:
    """Return the words of a text in order, as they are written."""
    return _WORD.findall(text)


def of(table: Mapping[str, frozenset[str]], text: str) -> frozenset[str]:
    """Return the words that a table has for the language of a text; for several if the text may be in several."""
    return frozenset().union(*(table.get(code, frozenset()) for code in languages(text)))


def languages(text: str) -> tuple[str, ...]:
    """Return the codes of the languages with most small words in a text: several if equal, none without any."""
    asked = frozenset(part for word in words(text.casefold()) for part in word.split("-"))
    counts = {code: len(asked & small) for code, small in SMALL_WORDS.items()}
    most = max(counts.values())
    return tuple(code for code, count in counts.items() if most and count == most)


def length(found: Sequence[str]) -> int:
    """Return how many words name something, without figures; without spaces two characters count as one."""
    naming = [word for word in found if word.casefold() not in _MEASURING and not word.isdigit()]
    wide = [sum(unicodedata.east_asian_width(char) in "WF" for char in word) for word in naming]
    return sum(count // 2 if count else 1 for count in wide)
