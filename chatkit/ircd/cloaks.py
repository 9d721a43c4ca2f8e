"""Cloaks: what members see in place of an address.

A cloak has a part for the address and one for each of the networks around it, the widest last. Equal parts mean the
same network, so that ``*!*@*.CCCCCCC.cloak`` bans one; but nobody without the server's secret can tell which it is, or
try all addresses until one fits.
"""

from __future__ import annotations

import base64
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING

from chatkit.ircd.secret import secret_of
from chatkit.proto.addresses import parse_address

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

PREFIXES = {4: (32, 24, 16), 6: (64, 48, 32)}  # bits of the networks, by version of IP; whoever has one IPv6 has a /64
LETTERS = 7  # of each part: 35 bits, too many for two networks to get the same by chance


@lru_cache(maxsize=4096)
def cloak(secret: bytes, address: str, suffix: str) -> str:
    """What hides ``address``. What is no IP address, as ``localhost``, hides nothing and stays."""
    found = parse_address(address)
    if found is None:
        return address
    number, width = int(found), found.max_prefixlen
    networks = (f"{found.version}/{bits}/{number >> (width - bits):x}" for bits in PREFIXES[found.version])
    return ".".join([*(_part(secret, network) for network in networks), suffix])


def _part(secret: bytes, network: str) -> str:
    # The secret has other uses: what stands before the NUL keeps them apart.
    digest = hmac.digest(secret, f"cloak\0{network}".encode(), "sha256")
    return base64.b32encode(digest)[:LETTERS].decode().lower()


def cloak_of(ircd: Ircd, address: str) -> str:
    """What members see of ``address``: its cloak, or where those are off the address itself."""
    config = ircd.config.cloaks
    return address if config.mode == "off" else cloak(secret_of(ircd), address, config.suffix)


def source_of(ircd: Ircd, kept: str) -> str:
    """A source that was kept, ``nick!user@host``, as members may see it: there may have been no cloaks then."""
    names, at, host = kept.rpartition("@")
    return f"{names}@{cloak_of(ircd, host)}" if at else kept
