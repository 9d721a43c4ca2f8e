"""What nicks look like. Of one in ASCII that is the casefolded nick; only of the others it has to be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.ircd import nicks
from chatkit.ircd.apply import follows
from chatkit.ircd.events import NickChanged, Quit, Registered
from chatkit.proto.lookalikes import skeleton
from chatkit.proto.masks import split_source

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd


@follows(Registered, NickChanged)
def note_look(ircd: Ircd, event: Registered | NickChanged, origin: Context | None) -> None:
    if isinstance(event, NickChanged):
        _forget(ircd, event.source)
    nicks.note_look(ircd, event.nick)


@follows(Quit)
def forget_look(ircd: Ircd, event: Quit, origin: Context | None) -> None:
    _forget(ircd, event.source)


def _forget(ircd: Ircd, source: str) -> None:
    nick = split_source(source).nick
    if not nick.isascii():
        ircd.looks.pop(skeleton(nick), None)
