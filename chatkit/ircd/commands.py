"""The table of commands, filled by the handlers as they are imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.ircd.context import Context

Handler = Callable[["Context", Message], None]


class Command(msgspec.Struct, frozen=True):
    """One row: a command, how many parameters it needs, and whether it is for those who have not registered yet.

    What ``only_speaks`` counts itself what else it changes: see ``Ircd.changes``.
    """

    name: str
    handler: Handler
    min_params: int
    before_registration: bool
    only_speaks: bool = False


COMMANDS: dict[str, Command] = {}


def command(
    name: str, *, min_params: int = 0, before_registration: bool = False, only_speaks: bool = False
) -> Callable[[Handler], Handler]:
    """Enter the function into the table. With too few parameters the client gets ERR_NEEDMOREPARAMS instead."""

    def enter(handler: Handler) -> Handler:
        COMMANDS[name] = Command(name, handler, min_params, before_registration, only_speaks)
        return handler

    return enter
