"""The server's secret: random bytes that it keeps for ever and tells nobody, for codes that cannot be guessed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from chatkit.ircd.documents import document, restores

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

DOCUMENT = "secret"  # the kind of document that keeps it
_KEY = "server"
_BYTES = 32


class _Secret(msgspec.Struct, frozen=True):
    value: bytes

    def __repr__(self) -> str:
        return "_Secret(...)"


def secret_of(ircd: Ircd) -> bytes:
    """The secret; made, and kept with what this turn brings, when it is first needed."""
    if not ircd.secret:
        ircd.secret = secrets.token_bytes(_BYTES)
        ircd.note(document(DOCUMENT, _KEY, _Secret(ircd.secret)))
    return ircd.secret


@restores(DOCUMENT)
def restore_secret(ircd: Ircd, key: str, body: bytes) -> None:
    """Put it back."""
    ircd.secret = msgspec.json.decode(body, type=_Secret).value
