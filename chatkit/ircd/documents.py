"""What the rules keep over a restart besides history: a document for each thing, saved whole whenever it changes.

The store knows nothing of what is inside. A family of handlers enters a function for its kind, which puts one document
back where it belongs when the server starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from chatkit.store.records import Document

if TYPE_CHECKING:
    from chatkit.ircd.ircd import Ircd

Restorer = Callable[["Ircd", str, bytes], None]
R = TypeVar("R", bound=Restorer)

RESTORERS: dict[str, Restorer] = {}  # by kind
_FIRST = ("secret", "account", "channel", "presence")  # others refer to them; the rest come back in any order


def restores(kind: str) -> Callable[[R], R]:
    """Enter the function into the table, for documents of ``kind``. It takes a document's key and its JSON."""

    def enter(restorer: R) -> R:
        RESTORERS[kind] = restorer
        return restorer

    return enter


def restore(ircd: Ircd, read: Callable[[str], Iterable[tuple[str, bytes]]]) -> None:
    """Put everything back. ``read`` gives keys and bodies of the documents of a kind. Raises msgspec.DecodeError."""
    for kind in sorted(RESTORERS, key=lambda kind: _FIRST.index(kind) if kind in _FIRST else len(_FIRST)):
        for key, body in read(kind):
            RESTORERS[kind](ircd, key, body)


def document(kind: str, key: str, content: msgspec.Struct | None) -> Document:
    """``content`` as a document; None takes the document away."""
    return Document(kind, key, None if content is None else msgspec.json.encode(content))
