"""The table of incoming commands and numerics."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

Handler = Callable[["Core", Message], None]

HANDLERS: dict[str, Handler] = {}


def on(*names: str) -> Callable[[Handler], Handler]:
    """Make the function the handler of these commands and numerics."""

    def add(handler: Handler) -> Handler:
        if taken := HANDLERS.keys() & set(names):
            raise ValueError(f"two handlers for {taken}")
        HANDLERS.update(dict.fromkeys(names, handler))
        return handler

    return add
