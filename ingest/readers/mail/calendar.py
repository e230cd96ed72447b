"""Reads the calendar part of an invitation (iCalendar, RFC 5545): what takes place when and where, and who is asked.

The body often tells none of it, since mail programs show it from here. A repetition is told as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ingest.blocks.nodes import Node, paragraph
from ingest.cleaning import one_line
from ingest.readers.mail.order import key_values

MAX_EVENTS = 100
_LINE = re.compile(r'([\w-]+)((?:;[\w-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([\w-]+)=(?:"([^"]*)"|([^;]*))')
_ESCAPE = re.compile(r"\\([nN\\;,])")
_WHEN = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_LASTS = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:\d+S)?)?")
_STATES = {"CANCELLED": "cancelled", "TENTATIVE": "tentative"}
_REPLIES = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
_FREQUENCIES = {"DAILY": "days", "WEEKLY": "weeks", "MONTHLY": "months", "YEARLY": "years"}
_DAYS = {"MO": "Mon", "TU": "Tue", "WE": "Wed", "TH": "Thu", "FR": "Fri", "SA": "Sat", "SU": "Sun"}


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    parameters: Mapping[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value without its escapes, in one line."""
        return one_line(_ESCAPE.sub(lambda match: " " if match.group(1) in "nN" else match.group(1), self.value))

    @property
    def person(self) -> str:
        """A name with the address, as in the header of a mail."""
        address = re.sub(r"^mailto:", "", self.text, flags=re.IGNORECASE)
        name = one_line(self.parameters.get("CN", ""))
        person = f"{name} <{address}>" if name and name != address else address
        reply = _REPLIES.get(self.parameters.get("PARTSTAT", "").upper(), "")
        return f"{person} ({reply})" if reply else person


def read_calendar(text: str, *, subject: str = "", described: bool = False) -> list[Node]:
    """Return the facts of each event as keys with values; a title that the subject tells is not said again.

    `described` says that the mail's body has the description of the event, which is then left out.
    """
    found = []
    for event in _events(text):
        fields = [pair for pair in _fields(event, subject) if pair[1]]
        if fields:
            found.append(key_values(fields))
        if not described:
            found += [paragraph(each.text) for each in event if each.name == "DESCRIPTION" and each.text]
    return found


def _events(text: str) -> Iterator[list[_Property]]:
    """Yield the properties of each event, without those of the alarms in it."""
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    open_: list[str] = []
    event: list[_Property] = []
    count = 0
    for line in unfolded.splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        name, value = match.group(1).upper(), match.group(3)
        if name == "BEGIN":
            open_.append(value.strip().upper())
            if open_[-1] == "VEVENT":
                event = []
        elif name == "END":
            if open_ and open_.pop() == "VEVENT" and count < MAX_EVENTS:
                count += 1
                yield event
        elif open_ and open_[-1] == "VEVENT":
            found = {key.upper(): quoted or bare for key, quoted, bare in _PARAMETER.findall(match.group(2))}
            event.append(_Property(name, found, value))


def _fields(event: list[_Property], subject: str) -> Iterator[tuple[str, str]]:
    first: dict[str, _Property] = {}
    for each in event:
        first.setdefault(each.name, each)
    title = first["SUMMARY"].text if "SUMMARY" in first else ""
    yield "Event", "" if title and title in subject else title
    yield "When", _when(first.get("DTSTART"), first.get("DTEND"), first.get("DURATION"))
    yield "Repeats", _repeats(first["RRULE"].value) if "RRULE" in first else ""
    yield "Where", first["LOCATION"].text if "LOCATION" in first else ""
    yield "Status", _STATES.get(first["STATUS"].text.upper(), "") if "STATUS" in first else ""
    yield "Organizer", first["ORGANIZER"].person if "ORGANIZER" in first else ""
    yield "Invited", ", ".join(each.person for each in event if each.name == "ATTENDEE")


def _when(start: _Property | None, end: _Property | None, lasts: _Property | None) -> str:
    """Return the time as a text: "2026-03-12 14:00 – 15:30 (Europe/Berlin)"; as it is written if it is no time."""
    begun = _time(start)
    if start is None or begun is None:
        return start.text if start is not None else ""
    whole_days = "T" not in start.value
    ended = _time(end)
    if ended is None and lasts is not None and (match := _LASTS.fullmatch(lasts.value.strip())) is not None:
        weeks, days, hours, minutes = (int(part or 0) for part in match.groups())
        ended = begun + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    if ended is not None and whole_days:
        ended -= timedelta(days=1)  # the end is the first day on which it does not take place
    shown = f"{begun:%Y-%m-%d}" if whole_days else f"{begun:%Y-%m-%d %H:%M}"
    if ended is not None and ended > begun:
        same = begun.date() == ended.date()
        shown += f" – {ended:%H:%M}" if same else f" – {ended:%Y-%m-%d}" if whole_days else f" – {ended:%Y-%m-%d %H:%M}"
    zone = "UTC" if start.value.strip().endswith("Z") else one_line(start.parameters.get("TZID", ""))
    return f"{shown} ({zone})" if zone else shown


def _time(found: _Property | None) -> datetime | None:
    match = _WHEN.fullmatch(found.value.strip()) if found is not None else None
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        return datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None


def _repeats(rule: str) -> str:
    """Return a rule in words; what has no word here follows as it is written."""
    parts = dict(part.split("=", 1) for part in rule.strip().upper().split(";") if "=" in part)
    unit = _FREQUENCIES.get(parts.pop("FREQ", ""))
    if unit is None:
        return one_line(rule)
    every = parts.pop("INTERVAL", "1")
    words = f"every {unit[:-1]}" if every == "1" else f"every {every} {unit}"
    if days := parts.pop("BYDAY", ""):
        words += " on " + ", ".join(_DAYS.get(day, day) for day in days.split(","))
    if count := parts.pop("COUNT", ""):
        words += f", {count} times"
    if match := _WHEN.fullmatch(parts.pop("UNTIL", "")):
        words += f", until {match.group(1)}-{match.group(2)}-{match.group(3)}"
    parts.pop("WKST", None)
    return f"{words} ({';'.join(f'{key}={value}' for key, value in parts.items())})" if parts else words
