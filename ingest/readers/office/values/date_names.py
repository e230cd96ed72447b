"""Names of months and days in the languages that formats of cells most often ask for ("[$-407]"); else English."""

from __future__ import annotations

_MONTHS = {
    0x09: "January February March April May June July August September October November December",
    0x07: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    0x0C: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    0x0A: "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    0x10: "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    0x13: "januari februari maart april mei juni juli augustus september oktober november december",
    0x16: "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    0x1D: "januari februari mars april maj juni juli augusti september oktober november december",
    0x06: "januar februar marts april maj juni juli august september oktober november december",
}
_DAYS = {
    0x09: "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    0x07: "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    0x0C: "lundi mardi mercredi jeudi vendredi samedi dimanche",
    0x0A: "lunes martes miércoles jueves viernes sábado domingo",
    0x10: "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    0x13: "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    0x16: "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    0x1D: "måndag tisdag onsdag torsdag fredag lördag söndag",
    0x06: "mandag tirsdag onsdag torsdag fredag lørdag søndag",
}
_ENGLISH = 0x09
_SHORT_DAYS = {0x07: 2, 0x13: 2}


def month_name(month: int, locale: int | None, length: int) -> str:
    """Return the name of month 1 to 12: 3 letters of it, the whole for a length of 4, one letter for 5."""
    language = (locale or _ENGLISH) & 0xFF
    name = _MONTHS.get(language, _MONTHS[_ENGLISH]).split()[month - 1]
    return name[:1] if length == 5 else name[:3] if length == 3 else name


def day_name(weekday: int, locale: int | None, length: int) -> str:
    """Return the name of weekday 0 (Monday) to 6, short for a length of 3."""
    language = (locale or _ENGLISH) & 0xFF
    name = _DAYS.get(language, _DAYS[_ENGLISH]).split()[weekday]
    return name[: _SHORT_DAYS.get(language, 3)] if length == 3 else name
