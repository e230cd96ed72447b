"""The words by which mail programs introduce a quoted mail, in the languages that they are set to.

Two forms: a line such as "On Monday Ada wrote:" above the quotation, and a block of header fields below a rule. Knows
only lines of text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_FIELDS = 8
"""Fields of a quoted mail's header that are read."""
_FIELDS: dict[str, str] = {
    "sender": "from|von|de|da|van|od|från|fra|lähettäjä|feladó|kimden|gönderen|от|від|από|差出人|发件人|寄件者"
    "|보낸 사람",
    "sent": "sent|date|gesendet|datum|envoyé|envoyé le|enviado|enviado el|enviado em|fecha|data|inviato|verzonden"
    "|wysłano|skickat|sendt|dato|lähetetty|päivämäärä|odesláno|odoslané|elküldve|dátum|gönderildi|tarih|отправлено|дата"
    "|στάλθηκε|日付|送信日時|发送时间|日期|보낸 날짜",
    "to": "to|an|à|a|para|aan|do|till|til|vastaanottaja|komu|címzett|kime|кому|προς|宛先|收件人|받는 사람",
    "copy": "cc|bcc|kopie|copie à|copia|dw|kopia|kopi|kopio|másolatot kap|bilgi|копия|κοιν|抄送",
    "subject": "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|temat|ämne|emne|aihe|předmět|predmet|tárgy|konu"
    "|тема|θέμα|件名|主题|主旨|제목",
}
_KIND = {name: kind for kind, names in _FIELDS.items() for name in names.split("|")}
_NAME = "|".join(sorted((re.escape(name) for name in _KIND), key=len, reverse=True))
_FIELD = re.compile(rf"\s*\*?({_NAME})\s?[:：]\*?\s*(.*)", re.IGNORECASE)
_NEXT_FIELD = re.compile(rf"\s+(?=\*?(?:{_NAME})\s?[:：])", re.IGNORECASE)

_ORIGINAL = (
    "original message|original appointment|forwarded message|forwarded by|ursprüngliche nachricht|originalnachricht"
    "|weitergeleitete nachricht|message d'origine|message original|message transféré|mensaje original"
    "|mensaje reenviado|mensagem original|mensagem encaminhada|messaggio originale|messaggio inoltrato"
    "|oorspronkelijk bericht|doorgestuurd bericht|wiadomość oryginalna|wiadomość przekazana|originalmeddelande"
    "|vidarebefordrat meddelande|oprindelig meddelelse|opprinnelig melding|alkuperäinen viesti|původní zpráva"
    "|eredeti üzenet|исходное сообщение|пересылаемое сообщение|原始邮件|元のメッセージ"
)
_RULE = re.compile(rf"\s*-{{2,}}\s*(?:{_ORIGINAL})\b.*", re.IGNORECASE)
_ANY_RULE = re.compile(r"\s*-{3,}\s*[^\W\d_][^-]{2,60}-{3,}\s*")
_LINE = re.compile(r"\s*[_=-]{10,}\s*")
_FORWARDED = re.compile(
    r"\s*(?:begin forwarded message|anfang der weitergeleiteten nachricht|début du message (?:transféré|réexpédié)"
    r"|inicio del mensaje reenviado|inizio messaggio inoltrato|begin doorgestuurd bericht)\s?:\s*",
    re.IGNORECASE,
)

_WROTE = re.compile(
    r"\b(?:wrote|writes|schrieb|schreibt|geschrieben|a écrit|écrit|escribió|escribio|escreveu|ha scritto|scrive|scritto"
    r"|schreef|skrev|pisze|napisał|napisała|napisal|napsal|napsala|napísal|kirjoitti|írta|написал|написала|написав|пишет"
    r"|yazdı|έγραψε)\b|写道|书写|寫道|のメッセージ|님이 작성",
    re.IGNORECASE,
)
_OPENER = re.compile(r"\s*(?:on|am|le|el|il|op|em|den|w dniu|dnia|dne|dňa|ma|в|\d{1,4}[.\-/年])\b", re.IGNORECASE)
_COLON = re.compile(r"[:：]\s*[-–—]?\s*$")
_LONGEST = 400
"""Characters of an introduction; a longer text is a sentence that ends in a colon."""
_MOST_LINES = 4
"""Lines over which a program wraps an introduction."""


def field_of(line: str) -> tuple[str, str, str] | None:
    """Return a header field's kind, its name as shown and its value; None for another line."""
    if match := _FIELD.match(line):
        return _KIND[match.group(1).lower()], match.group(1), match.group(2).strip()
    return None


def header_fields(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Return the names and values of the header fields that the lines begin with, [] if they are no mail's header.

    A header has the sender and two more of date, recipient and subject. The lines end at a blank one; a line without a
    name continues the value above it.
    """
    found: list[tuple[str, str]] = []
    kinds: set[str] = set()
    for line in lines:
        field = field_of(line)
        if field is None and not found:
            return []
        if field is None:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}".strip())
        else:
            kinds.add(field[0])
            found.append(field[1:])
    return found if "sender" in kinds and len(kinds & {"sent", "to", "subject"}) >= 2 else []


def split_fields(text: str) -> list[str]:
    """Return a header that was written into one line as a line for each field."""
    return [part for line in text.split("\n") for part in _NEXT_FIELD.split(line)]


def rule(line: str) -> str | None:
    """Return the words of a line such as "-----Original Message-----"; None for another line."""
    if _RULE.fullmatch(line) or _FORWARDED.fullmatch(line):
        return line.strip(" -\t")
    return None


def rule_before_header(line: str) -> str | None:
    """Return the words ("" for none) of a line that is a rule if a header follows; None for another line."""
    if (words := rule(line)) is not None:
        return words
    return line.strip(" -_=\t") if _LINE.fullmatch(line) or _ANY_RULE.fullmatch(line) else None


def introduces(text: str) -> bool:
    """Return whether a text directly above a quotation says who wrote it and when."""
    if len(text) > _LONGEST or not _COLON.search(text):
        return False
    return _WROTE.search(text) is not None or ("@" in text and any(char.isdigit() for char in text))


def introduces_surely(text: str) -> bool:
    """Return whether a text says with date and verb who wrote what follows, also where no mark shows a quotation."""
    dated = sum(char.isdigit() for char in text) >= 5
    return introduces(text) and dated and _WROTE.search(text) is not None and _OPENER.match(text) is not None


def introduction_lines(lines: Sequence[str]) -> int:
    """Return how many of the last lines introduce the quotation that follows: 0 if none does.

    A program wraps the line where it likes: it begins at a line that opens like one, else it is as short as possible.
    """
    shortest = 0
    for count in range(1, min(_MOST_LINES, len(lines)) + 1):
        some = [line.strip() for line in lines[-count:]]
        if not some[0]:
            break
        text = " ".join(some)
        if not introduces(text):
            continue
        if _OPENER.match(text):
            return count
        whole = len(text.split()) >= 2
        shortest = shortest or (count if whole else 0)
    return shortest
