"""Limits the sandbox's child before it reads a file: no network, no life after its parent, limited memory and time.

Linux only, through ctypes. Where the kernel refuses a step, a weaker one is tried; `isolate` returns which one works.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import socket
import struct
from pathlib import Path

MIB = 1 << 20
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 1, 38, 22, 2
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SOCKET_CALL = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000


def isolate(parent: int) -> str:
    """Give up the network and die with the parent; return which method blocks the network.

    Call it while the process has one thread.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (512 * MIB, 512 * MIB))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    if _enter_empty_network(libc):
        return "network namespace"
    if _block_sockets(libc):
        return "seccomp"
    _block_python_sockets()
    return "python"


def limit(memory_mb: int, cpu_s: int) -> None:
    """Let this process use `memory_mb` more MiB of address space and `cpu_s` more seconds of CPU time."""
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    _set_soft_limit(resource.RLIMIT_AS, size + memory_mb * MIB)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _set_soft_limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + cpu_s + 1)


def unlimit() -> None:
    """Remove the limits, so that the answer can be written and the next reader imported."""
    _set_soft_limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)
    _set_soft_limit(resource.RLIMIT_CPU, resource.RLIM_INFINITY)


def reset_peak() -> None:
    """Restart the measurement of peak resident memory, where the kernel allows it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_mb() -> float:
    """Return the peak of resident memory in MiB since `reset_peak`: this process's or its largest child's."""
    status = Path("/proc/self/status").read_text()
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
    return round(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024, 1)


def _set_soft_limit(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


def _enter_empty_network(libc: ctypes.CDLL) -> bool:
    """Move into an empty network namespace, as a user without rights outside it."""
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        return False
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    except OSError:
        return True  # user and group are not mapped, but the network is gone
    return True


def _block_sockets(libc: ctypes.CDLL) -> bool:
    """Make the kernel reject every socket that is not local (a BPF filter on socket(2), see seccomp(2))."""
    known = _SOCKET_CALL.get(platform.machine())
    if known is None:
        return False
    arch, call = known
    program = b"".join(
        (
            struct.pack("HBBI", 0x20, 0, 0, 4),  # load the architecture
            struct.pack("HBBI", 0x15, 0, 5, arch),
            struct.pack("HBBI", 0x20, 0, 0, 0),  # load the call's number
            struct.pack("HBBI", 0x15, 0, 3, call),
            struct.pack("HBBI", 0x20, 0, 0, 16),  # load the address family
            struct.pack("HBBI", 0x15, 1, 0, socket.AF_UNIX),
            struct.pack("HBBI", 0x06, 0, 0, _ERRNO | errno.EPERM),
            struct.pack("HBBI", 0x06, 0, 0, _ALLOW),
        )
    )
    buffer = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    return int(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0)) == 0


def _block_python_sockets() -> None:
    def refuse(*_: object, **__: object) -> socket.socket:
        raise OSError(errno.EPERM, "the parser has no network")

    socket.socket = refuse  # type: ignore[misc, assignment]
    socket.create_connection = refuse
