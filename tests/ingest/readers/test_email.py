"""Messages: subject, header fields, body, and the names of attachments. Quotations are in `test_email_quotes`."""

from __future__ import annotations

from email.message import EmailMessage

from ingest.readers.email import read_eml
from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.shape import shape


def test_a_message_names_its_attachments(read: Read) -> None:
    parsed = read(
        files.mail("Filters", "plain", html="<p>Use the <b>blue</b> one.</p>", attachment="plan.pdf"), "a.eml"
    )

    assert parsed.title == "Filters"
    assert shape(parsed)[-1] == ("paragraph", "Use the blue one.")
    assert "plan.pdf" in parsed.warnings[0]


def test_header_fields_are_keys_with_values(read: Read) -> None:
    parsed = read(files.mail("Filters", "Use the blue one."), "a.eml")

    fields = parsed.elements[1]
    pairs = [(fields.text[b.start : b.end], b.header) for b in fields.block.children]
    assert fields.kind == "key_value"
    assert fields.text == "From: a@example.com\nTo: b@example.com\nDate: Mon, 02 Jan 2023 10:00:00 +0000"
    assert pairs[:4] == [("From", True), ("a@example.com", False), ("To", True), ("b@example.com", False)]


def test_text_behind_a_picture_in_the_mail_is_read() -> None:
    message = EmailMessage()
    message["Subject"] = "Leak"
    message.make_mixed()
    for content in ("Before the photo.", b"not a real picture", "After the photo."):
        part = EmailMessage()
        if isinstance(content, bytes):
            part.set_content(content, maintype="image", subtype="png", disposition="inline", filename="photo.png")
        else:
            part.set_content(content)
        message.attach(part)
    note = EmailMessage()
    note.set_content("never read")
    note.add_header("Content-Disposition", "attachment", filename="note.txt")
    message.attach(note)

    reading = read_eml(message.as_bytes())

    assert [node.text for node in reading.nodes if node.kind == "paragraph"] == [
        "Before the photo.",
        "After the photo.",
    ]
    assert [name for name in ("photo.png", "note.txt") if name in " ".join(reading.warnings)] == [
        "photo.png",
        "note.txt",
    ]


def test_the_text_of_a_signed_mail_is_read_though_its_part_has_no_header(read: Read) -> None:
    mail = b"Subject: Care\nMIME-Version: 1.0\n"
    mail += b'Content-Type: multipart/signed; protocol="application/x-pkcs7-signature"; boundary="edge"\n\n'
    mail += b"--edge\n\nRinse the tray daily.\n--edge\nContent-Type: application/x-pkcs7-signature\n\nAAAA\n--edge--\n"

    assert "Rinse the tray daily." in [element.text for element in read(mail, "a.eml").elements]
