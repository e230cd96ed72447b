"""Run a command where there is no network: in a new network namespace whose only interface is loopback.

Run as a program, behind `unshare --user --map-root-user --net`: brings loopback up, checks that nothing else is
reachable, and becomes the command.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
ELSEWHERE = ("192.0.2.1", 80)
"""An address of the range that documentation uses: nobody's."""


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(control, _SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def reaches_elsewhere() -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(ELSEWHERE) == 0 or len(socket.if_nameindex()) > 1


if __name__ == "__main__":
    loopback_up()
    if reaches_elsewhere():
        sys.exit("the network is still there")
    os.execvp(sys.argv[1], sys.argv[1:])
