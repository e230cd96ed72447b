"""Invitations by mail: the time and the place are often in the calendar part alone."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from ingest.readers.mail.calendar import read_calendar
from tests.ingest.conftest import Read
from tests.ingest.readers.kinds.rows import rows
from tests.ingest.readers.shape import shape

EVENT = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
DTSTART:16010101T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
ORGANIZER;CN=Marta Ortiz:mailto:m.ortiz@example.com
ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;CN=Quality Te
 am:mailto:quality@example.com
SUMMARY;LANGUAGE=en-US:Recall of lot 7731
DTSTART;TZID=Europe/Berlin:20260312T140000
DTEND;TZID=Europe/Berlin:20260312T153000
LOCATION:Room 4.12\\, Building C
DESCRIPTION:Please read the report.\\nIt is short.
BEGIN:VALARM
DESCRIPTION:REMINDER
END:VALARM
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
AGENDA = (
    "<p>Please read the report.</p><table><tr><td><b>Time</b></td><td><b>Topic</b></td><td><b>Who</b></td></tr>"
    "<tr><td>14:30</td><td>Customers to inform</td><td>J. Lindqvist</td></tr></table>"
)
FACTS = (
    "When: 2026-03-12 14:00 – 15:30 (Europe/Berlin)\nWhere: Room 4.12, Building C\n"
    "Organizer: Marta Ortiz <m.ortiz@example.com>\nInvited: Quality Team <quality@example.com>"
)


def invitation(subject: str = "Recall of lot 7731", *, body: bool = True) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"] = subject, "m.ortiz@example.com"
    if body:
        message.set_content("Please read the report.")
        message.add_alternative(AGENDA, subtype="html")
        message.add_alternative(EVENT, subtype="calendar", params={"method": "REQUEST"})
        message.add_attachment(EVENT.encode(), maintype="application", subtype="ics", filename="invite.ics")
    else:
        message.set_content(EVENT, subtype="calendar")
    return message.as_bytes()


def test_an_invitation_tells_when_and_where_and_its_body_once(read: Read) -> None:
    parsed = read(invitation(), "a.eml")

    assert shape(parsed)[2:4] == [("key_value", FACTS), ("paragraph", "Please read the report.")]
    assert rows(parsed.elements[4]) == [["Time", "Topic", "Who"], ["14:30", "Customers to inform", "J. Lindqvist"]]
    assert len(parsed.elements) == 5
    assert parsed.warnings == ()


def test_a_mail_that_is_only_a_calendar_is_read_without_its_marks(read: Read) -> None:
    parsed = read(invitation("Meeting", body=False), "a.eml")

    event = f"Event: Recall of lot 7731\n{FACTS}"
    assert shape(parsed)[2:] == [("key_value", event), ("paragraph", "Please read the report. It is short.")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART:20260312T130000Z\nDURATION:PT1H30M", "2026-03-12 13:00 – 14:30 (UTC)"),
        ("DTSTART;VALUE=DATE:20260312\nDTEND;VALUE=DATE:20260313", "2026-03-12"),
        ("DTSTART;VALUE=DATE:20260312\nDTEND;VALUE=DATE:20260315", "2026-03-12 – 2026-03-14"),
        ("DTSTART:20260312T220000\nDTEND:20260313T020000", "2026-03-12 22:00 – 2026-03-13 02:00"),
        ("DTSTART:20260399T220000", "20260399T220000"),
        (
            "DTSTART:20260312T220000\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;COUNT=5",
            "2026-03-12 22:00\nRepeats: every 2 weeks on Thu, 5 times",
        ),
        ("DTSTART:20260312T220000\nSTATUS:CANCELLED", "2026-03-12 22:00\nStatus: cancelled"),
    ],
)
def test_times_of_all_forms_are_told(lines: str, expected: str) -> None:
    (event,) = read_calendar(f"BEGIN:VEVENT\n{lines}\nEND:VEVENT\n")

    texts = [child.text for child in event.children]
    told = "\n".join(f"{name}: {value}" for name, value in zip(texts[::2], texts[1::2], strict=True))
    assert told == f"When: {expected}"


def test_a_long_line_that_is_no_property_is_passed_over_in_time() -> None:
    line = ";X=" + "a," * 50_000

    assert read_calendar(f"BEGIN:VEVENT\nATTENDEE{line}\nEND:VEVENT\n") == []
