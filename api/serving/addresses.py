"""Addresses of clients: which ones count as one client, and which ones belong to trusted proxies."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from core.errors import SettingsError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks(listed: str) -> Sequence[Network]:
    """Return the networks of a list that is separated by commas. Raises SettingsError for one that is none."""
    try:
        return [ipaddress.ip_network(each.strip()) for each in listed.split(",") if each.strip()]
    except ValueError as error:
        raise SettingsError(
            f"VOUCH_TRUSTED_PROXIES: {error}.", hint="Write addresses or networks, such as 10.0.0.2,172.16.0.0/12."
        ) from None


def client_network(host: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 network of an IPv6 address."""
    address = _address(host)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address or host)


def is_in(host: str, trusted: Sequence[Network]) -> bool:
    """Return whether the address is in one of the networks."""
    address = _address(host)
    return address is not None and any(address in network for network in trusted)


def _address(host: str) -> Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
