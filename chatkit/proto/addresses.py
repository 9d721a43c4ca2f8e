"""IP addresses as text: whether they are this machine's own, and whether they lie within a network."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network


@lru_cache(maxsize=32768)  # more than clients that are here at once: a ban is held against all of them
def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that ``text`` is, or None. A zone is left off; ``::ffff:192.0.2.1`` is an IPv4 address."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(maxsize=1024)
def parse_network(text: str) -> IPv4Network | IPv6Network | None:
    """The network that ``text`` names, as ``10.0.0.0/8`` or as a single address, or None.

    ``::ffff:192.0.2.0/120`` is a network of IPv4, as its addresses are.
    """
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    return network if mapped is None or network.prefixlen < 96 else IPv4Network((mapped, network.prefixlen - 96))


def is_loopback(text: str) -> bool:
    """Whether ``text`` is an address of this very machine that no other can reach, or its name."""
    address = parse_address(text)
    return text == "localhost" or (address is not None and address.is_loopback)


def is_within(text: str, networks: Iterable[str]) -> bool:
    """Whether the address ``text`` lies within one of ``networks``."""
    address = parse_address(text)
    return address is not None and any(
        address in found for network in networks if (found := parse_network(network)) is not None
    )


def network_of(text: str) -> str:
    """Whose the address ``text`` is: itself, of IPv6 the 64 bits in front, as anybody has all addresses behind them."""
    address = parse_address(text)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return text


def as_host(text: str) -> str:
    """The address ``text`` as the host in a mask: one that begins with a colon would begin a line's last parameter."""
    address = parse_address(text)
    host = text if address is None else str(address)
    return "0" + host if host.startswith(":") else host


def split_place(text: str) -> tuple[str, int] | None:
    """Host and port of ``host:port`` or ``[v6]:port``, or None."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) < 65536):
        return None
    if host.startswith("[") and host.endswith("]"):
        return host[1:-1], int(port)
    return (host, int(port)) if host and ":" not in host else None
