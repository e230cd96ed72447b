"""Old and other office formats, read through the real LibreOffice; what happens where it is missing or misbehaves."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil
import pytest

from core.errors import DocumentRejected, LimitExceeded
from core.landlock import confine
from core.settings import load_settings
from core.types import Parsed
from ingest.formats import media
from ingest.formats.media import sniff
from ingest.readers import libreoffice
from ingest.sandbox.parent import Sandbox
from tests.ingest import files
from tests.ingest.conftest import Read

LACKING = sorted(
    {f"libreoffice-{c.component}-nogui" for t, c in libreoffice.CONVERSIONS.items() if not libreoffice.available(t)}
)
needs_libreoffice = pytest.mark.skipif(bool(LACKING), reason=f"missing: apt install {' '.join(LACKING)}")
Convert = Callable[[bytes, str, str], bytes]


MANUAL = b"""<html><head><title>Pump</title></head><body><h1>Care of the pump</h1><p>Switch it off first.</p>
<ol><li>Open the lid.</li><li>Rinse the filter.</li></ol>
<table border="1"><tr><th>Part</th><th>Price</th></tr><tr><td>Filter</td><td>15 EUR</td></tr></table>
<p>Close it.</p></body></html>"""


@pytest.fixture(scope="module")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Make an old file of a new one with LibreOffice."""
    folder = tmp_path_factory.mktemp("made")

    @cache
    def convert(data: bytes, ending: str, target: str) -> bytes:
        (folder / f"made.{ending}").write_bytes(data)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        read_as = ["--infilter=HTML (StarWriter)"] if ending == "html" else []
        command = ["soffice", profile, "--headless", *read_as, "--convert-to", target, f"made.{ending}"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
        return (folder / f"made.{target}").read_bytes()

    return convert


def words(parsed: Parsed) -> str:
    return "\n".join(element.text for element in parsed.elements)


@needs_libreoffice
@pytest.mark.parametrize("ending", ["doc", "rtf"])
def test_an_old_document_is_read_with_its_headings_and_tables(read: Read, convert: Convert, ending: str) -> None:
    parsed = read(convert(MANUAL, "html", ending), f"a.{ending}")

    kinds = [element.kind for element in parsed.elements]
    assert (kinds[0], parsed.title) == ("heading", "Pump")
    assert parsed.elements[kinds.index("table")].text == "Part | Price\nFilter | 15 EUR"
    assert words(parsed).index("Switch it off") < words(parsed).index("Open the lid") < words(parsed).index("Rinse")


@needs_libreoffice
def test_old_slides_are_read(read: Read, convert: Convert) -> None:
    slides = convert(files.slides([("Plans", "Cancel with four weeks of notice.")]), "pptx", "ppt")
    parsed = read(slides, "a.ppt")

    assert "Plans" in words(parsed)
    assert "Cancel with four weeks of notice." in words(parsed)


@needs_libreoffice
@pytest.mark.parametrize("cut", [600, 3000, -1500])
def test_a_damaged_document_is_refused_or_read_in_part(read: Read, convert: Convert, cut: int) -> None:
    data = convert(MANUAL, "html", "doc")[:cut]
    whole = set(words(read(convert(MANUAL, "html", "doc"), "a.doc")).split())
    found: set[str] = set()
    with suppress(DocumentRejected):
        found = set(words(read(data, "a.doc")).split())

    assert found <= whole


@needs_libreoffice
def test_noise_that_looks_like_a_document_is_refused(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="a Word 97 document"):
        read(files.ole("WordDocument", bytes(5000)), "a.doc")


@needs_libreoffice
def test_a_macro_does_not_run(convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conversion = libreoffice.Conversion("slides", "odp", media.PPTX, "impress", "libsdlo.so")
    monkeypatch.setitem(libreoffice.CONVERSIONS, media.ODP, conversion)
    macro = f'Sub Main\nOpen "{tmp_path}/ran" For Output As #1\nPrint #1, "x"\nClose #1\nEnd Sub\n'
    slides = with_macro(convert(files.slides([("Plans", "body")]), "pptx", "odp"), macro)

    assert libreoffice.converted(slides, media.ODP).startswith(b"PK")
    assert not (tmp_path / "ran").exists()


@needs_libreoffice
def test_no_file_but_the_document_is_read(read: Read, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The secret is pelican.")
    linked = (
        rf'{{\rtf1\ansi Before {{\field{{\*\fldinst INCLUDETEXT "{tmp_path}/secret.txt"}}{{\fldrslt}}}}'
        rf'{{\field{{\*\fldinst DDEAUTO sh "-c id" }}{{\fldrslt}}}}\par After\par}}'
    )

    assert words(read(linked.encode(), "a.rtf")).split() == ["Before", "After"]


BASIC = "http://openoffice.org/2000/library"
LIBRARIES = f"""<library:libraries xmlns:library="{BASIC}"><library:library library:name="Standard"
    library:link="false"/></library:libraries>"""
LIBRARY = f"""<library:library xmlns:library="{BASIC}" library:name="Standard"><library:element
    library:name="M"/></library:library>"""
MODULE = """<script:module xmlns:script="http://openoffice.org/2000/script" script:name="M"
    script:language="StarBasic">{}</script:module>"""
LISTENER = """<office:scripts><office:event-listeners><script:event-listener
    xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" script:language="ooo:script"
    script:event-name="dom:load" xlink:type="simple"
    xlink:href="vnd.sun.star.script:Standard.M.Main?language=Basic&amp;location=document"/>
    </office:event-listeners></office:scripts>"""
ENTRY = '<manifest:file-entry manifest:full-path="{}" manifest:media-type="text/xml"/>'


def with_macro(package: bytes, macro: str) -> bytes:
    """Return an OpenDocument package with a Basic macro that runs when it is opened."""
    parts = {
        "Basic/script-lc.xml": LIBRARIES,
        "Basic/Standard/script-lb.xml": LIBRARY,
        "Basic/Standard/M.xml": MODULE.format(macro),
    }
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "content.xml":
                data = data.replace(b"<office:scripts/>", LISTENER.encode())
                assert b"dom:load" in data
            if name == "META-INF/manifest.xml":
                entries = "".join(ENTRY.format(part) for part in parts)
                data = data.replace(b"</manifest:manifest>", f"{entries}</manifest:manifest>".encode())
            new.writestr(name, data)
        for name, text in parts.items():
            new.writestr(name, f'<?xml version="1.0"?>{text}')
    return result.getvalue()


@needs_libreoffice
def test_a_conversion_leaves_nothing_behind(convert: Convert) -> None:
    data = convert(MANUAL, "html", "doc")
    with Sandbox(load_settings({}, parse_timeout_s=60)) as sandbox:
        sandbox.parse(data, media.DOC, "a.doc")
        assert sandbox._scratch is not None
        assert os.listdir(sandbox._scratch.name) == []
        assert psutil.Process(sandbox._child._process.pid).children(recursive=True) == []  # type: ignore[union-attr]
        digest = libreoffice._Places(Path(sandbox._scratch.name), sandbox._child.pid).digest  # type: ignore[union-attr]
        assert not list(Path("/tmp").glob(f"OSL_PIPE_*{digest}"))


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a shell script in the place of LibreOffice."""

    def pretend(script: str) -> None:
        folder = tmp_path / "programs"
        folder.mkdir()
        (folder / "soffice").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "soffice").chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return pretend


def test_a_conversion_without_end_is_stopped_with_all_its_processes(pretend: Callable[[str], None]) -> None:
    pretend("sleep 613 & sleep 613")
    with Sandbox(load_settings({}, parse_timeout_s=3)) as sandbox:
        started = time.monotonic()
        with pytest.raises(LimitExceeded, match="VOUCH_PARSE_TIMEOUT_S"):
            sandbox.parse(b"x", media.DOC, "a.doc")

        assert time.monotonic() - started < 60
        assert not [p for p in psutil.process_iter(["cmdline"]) if "613" in (p.info["cmdline"] or [])]
        assert sandbox._scratch is not None
        assert os.listdir(sandbox._scratch.name) == []
        assert sandbox.parse(b"still here", "text/plain", "b.txt").elements[0].text == "still here"


@pytest.mark.parametrize(
    ("script", "words"),
    [("exit 0", "cannot open"), ("exit 81", "cannot open"), ("exit 1", "cannot open"), ("kill -9 $$", "crashed")],
)
def test_a_conversion_without_a_result_is_a_reason(pretend: Callable[[str], None], script: str, words: str) -> None:
    pretend(script)
    with (
        Sandbox(load_settings({})) as sandbox,
        pytest.raises(DocumentRejected, match=f"LibreOffice {words}"),
    ):
        sandbox.parse(b"x", media.PPT, "a.ppt")


def test_a_result_is_checked_like_an_upload(pretend: Callable[[str], None], tmp_path: Path) -> None:
    pretend("mkdir result; ln -s /etc/hostname result/document.docx")
    with Sandbox(load_settings({})) as sandbox, pytest.raises(LimitExceeded):
        sandbox.parse(b"x", media.DOC, "a.doc")


@pytest.mark.parametrize("kind", [kind for kind in libreoffice.CONVERSIONS if kind != media.RTF])
def test_where_libreoffice_is_missing_the_reason_says_what_to_install(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    conversion = libreoffice.CONVERSIONS[kind]
    with Sandbox(load_settings({})) as sandbox, pytest.raises(DocumentRejected) as caught:
        sandbox.parse(b"x", kind, f"a.{conversion.ending}")

    assert "needs LibreOffice" in str(caught.value)
    assert f"apt install libreoffice-{conversion.component}-nogui" in (caught.value.hint or "")
    assert conversion.target in (caught.value.hint or "")


def test_rtf_is_read_without_libreoffice_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    data = rb"{\rtf1\ansi\pard\outlinelevel0 Letter\par\pard Hello {\b world}.\par}"
    with Sandbox(load_settings({})) as sandbox:
        parsed = sandbox.parse(data, sniff(data, "letter.rtf").media_type, "letter.rtf")

    assert [(element.kind, element.text) for element in parsed.elements] == [
        ("heading", "Letter"),
        ("paragraph", "Hello world."),
    ]


@pytest.mark.skipif(shutil.which("cat") is None, reason="no cat")
def test_a_confined_process_reads_and_writes_only_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_text("given")
    (tmp_path / "secret").write_text("secret")

    def run(command: str) -> str:
        given = [Path(each) for each in ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache")]
        confined = lambda: confine(given, [tmp_path / "in", tmp_path / "absent"])  # noqa: E731
        done = subprocess.run(["sh", "-c", command], preexec_fn=confined, capture_output=True, text=True, check=False)
        return done.stdout

    if "secret" in run(f"cat {tmp_path}/secret"):
        pytest.skip("the kernel has no Landlock")
    assert run(f"cat {tmp_path}/in/a") == "given"
    run(f"echo x > {tmp_path}/in/b; echo x > {tmp_path}/c; rm {tmp_path}/secret")
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a", "b", "in", "secret"]
