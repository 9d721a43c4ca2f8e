"""The message of the day: the settings' file, unless those who run the server have said another since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd.documents import document, restores

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

DOCUMENT = "motd"  # the kind of document that keeps it
_KEY = "server"


class _Motd(msgspec.Struct, frozen=True):
    lines: tuple[str, ...]


def lines_of(ircd: Ircd) -> tuple[str, ...]:
    """What everyone is told who comes; nothing, if there is no such message."""
    return ircd.own_motd or ircd.motd


def say(ircd: Ircd, lines: tuple[str, ...]) -> None:
    """From now on it is ``lines``, over a restart too; with none it is the file's again."""
    ircd.own_motd = lines
    ircd.note(document(DOCUMENT, _KEY, _Motd(lines) if lines else None))


@restores(DOCUMENT)
def restore_motd(ircd: Ircd, key: str, body: bytes) -> None:
    """Put it back."""
    ircd.own_motd = msgspec.json.decode(body, type=_Motd).lines
