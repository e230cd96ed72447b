"""Converts files of old and of other office programs with LibreOffice, where it is installed, for the readers here.

Runs in the sandbox's child and adds to its limits: a profile of its own that is thrown away, no macros, no links to
other files, and no access to files but those of the program and the file itself (Landlock, where the kernel has it).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.errors import DocumentRejected, LimitExceeded
from core.landlock import confine
from core.processes import end_with_parent
from ingest.formats import media
from ingest.formats.packages import zip_type

MAX_RESULT = 512 << 20
_RESTART, _STARTS = 81, 3
"""The exit status with which LibreOffice asks to be started again, as it does with a new profile."""
_SIGNALLED = 128
"""A higher exit status is a shell's word for a program that a signal ended."""
_SOCKETS = Path("/tmp")  # LibreOffice has no setting for it
_READABLE = (
    *("/usr", "/lib", "/lib64", "/bin", "/opt", "/etc/fonts", "/etc/libreoffice", "/etc/alternatives"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/passwd", "/etc/nsswitch.conf", "/etc/locale.alias"),
    *("/var/lib/libreoffice", "/var/spool/libreoffice", "/var/cache/fontconfig", "/dev/urandom"),
)
_OPTIONS = ("--headless", "--norestore", "--nolockcheck", "--nologo", "--nodefault", "--nofirststartwizard")
_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableActiveContent" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
<item oor:path="/org.openoffice.Office.Calc/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>1</value></prop></item>
</oor:items>
"""
"""Both programs call "never" what these numbers are."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How one format becomes another that a reader here reads."""

    name: str
    ending: str
    becomes: str
    component: str
    """The part of LibreOffice that knows the format: writer or impress."""
    library: str

    @property
    def target(self) -> str:
        return media.BY_TYPE[self.becomes]

    @property
    def advice(self) -> str:
        """What to do where the component is not installed."""
        package = f"libreoffice-{self.component}-nogui"
        return f"Install LibreOffice (Debian: apt install {package}), or save the file as {self.target} or PDF."


CONVERSIONS = {
    media.DOC: Conversion("a Word 97 document", "doc", media.DOCX, "writer", "libswlo.so"),
    media.RTF: Conversion("an RTF document", "rtf", media.DOCX, "writer", "libswlo.so"),
    media.PPT: Conversion("a PowerPoint 97 presentation", "ppt", media.PPTX, "impress", "libsdlo.so"),
}


def becomes(media_type: str) -> str:
    """Return the type that a reader gets for a file of this type."""
    conversion = CONVERSIONS.get(media_type)
    return media_type if conversion is None or is_read_here(media_type) else conversion.becomes


def is_read_here(media_type: str) -> bool:
    """Return whether the type has a reader of its own that is used now: RTF without LibreOffice."""
    return media_type == media.RTF and not available(media_type)


def available(media_type: str) -> bool:
    """Return whether LibreOffice is installed with the component that knows the type."""
    program = _program()
    if program is None:
        return False
    components = [conversion.library for conversion in CONVERSIONS.values()]
    found = {library for library in components if (program.parent / library).exists()}
    return not found or CONVERSIONS[media_type].library in found  # packaged otherwise: assume all


def converted(data: bytes, media_type: str) -> bytes:
    """Return the file in the format that `becomes` names; bytes of any other type unchanged.

    Raises DocumentRejected if LibreOffice is not installed or cannot open the file, and LimitExceeded.
    """
    conversion = CONVERSIONS.get(media_type)
    if conversion is None or is_read_here(media_type):
        return data
    program = _program()
    if program is None or not available(media_type):
        raise DocumentRejected(
            f"The file is {conversion.name}, which needs LibreOffice to be read, and that is not installed here.",
            hint=conversion.advice,
        )
    folder, process = Path(tempfile.gettempdir()), os.getpid()
    clear(folder, process)
    try:
        return _run(program, data, conversion, _Places(folder, process))
    finally:
        clear(folder, process)


def clear(folder: Path, process: int) -> None:
    """Delete what a conversion by this process leaves in the folder for temporary files, also one that was killed."""
    places = _Places(folder, process)
    shutil.rmtree(places.work, ignore_errors=True)
    places.remove_sockets()


@dataclass(frozen=True, slots=True)
class _Places:
    """The files of a conversion; their names follow from the process, so that its parent can delete them."""

    folder: Path
    process: int

    @property
    def work(self) -> Path:
        return self.folder / f"libreoffice-{self.process}"

    @property
    def profile(self) -> str:
        return (self.work / "profile").as_uri()

    @property
    def digest(self) -> str:
        """The part of the name of LibreOffice's socket that it makes of its profile's address."""
        return "".join(
            f"{byte:x}" for byte in hashlib.md5(self.profile.encode("utf-16-le"), usedforsecurity=False).digest()
        )

    def remove_sockets(self) -> None:
        """Remove the socket that LibreOffice may make and not remove; with one there it does not start."""
        for socket in _SOCKETS.glob(f"OSL_PIPE_*SingleOfficeIPC_{self.digest}"):
            with suppress(OSError):
                socket.unlink()


def _program() -> Path | None:
    """Return the program itself where it is beside its starter, which would leave it running when it is killed."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        return None
    starter = Path(found).resolve()
    itself = starter.with_name("soffice.bin")
    return itself if itself.exists() else starter


def _run(program: Path, data: bytes, conversion: Conversion, places: _Places) -> bytes:
    (places.work / "profile" / "user").mkdir(parents=True)
    (places.work / "profile" / "user" / "registrymodifications.xcu").write_text(_PROFILE)
    source = places.work / f"document.{conversion.ending}"
    source.write_bytes(data)
    result = places.work / "result" / f"document.{conversion.target}"
    arguments = ("--convert-to", conversion.target, "--outdir", str(result.parent), str(source))
    environment = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    environment |= {"HOME": str(places.work), "TMPDIR": str(places.work), "LANG": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"}

    def restrict() -> None:
        end_with_parent(places.process)
        readable = (*map(Path, _READABLE), program.parent.parent)
        confine(readable, (places.work, Path("/dev/null")), (_SOCKETS,))

    for _ in range(_STARTS):
        ended = subprocess.run(
            [str(program), f"-env:UserInstallation={places.profile}", *_OPTIONS, *arguments],
            env=environment,
            cwd=places.work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=restrict,
            check=False,
        )
        places.remove_sockets()
        if ended.returncode != _RESTART:
            break
    if ended.returncode in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
        raise LimitExceeded("Converting the file took too long and was stopped.", hint="Split it, or save it as PDF.")
    if ended.returncode < 0 or ended.returncode > _SIGNALLED:
        raise DocumentRejected(
            "LibreOffice crashed on the file: it is damaged, or needs more memory than is allowed.",
            hint=f"Save it as {conversion.target} or PDF, or raise VOUCH_PARSE_MEMORY_MB.",
        )
    if not result.is_file():
        raise DocumentRejected(
            f"LibreOffice cannot open the file as {conversion.name}: it is damaged, or has a password.",
            hint=f"Open it in the program that made it, and save it as {conversion.target} or PDF.",
        )
    return _checked(result)


def _checked(result: Path) -> bytes:
    """Return the bytes of the result after the checks of an uploaded package."""
    if result.is_symlink() or result.stat().st_size > MAX_RESULT:
        raise LimitExceeded("The converted file is too large.", hint="Split the document, or save it as PDF.")
    data = result.read_bytes()
    zip_type(data)
    return data
