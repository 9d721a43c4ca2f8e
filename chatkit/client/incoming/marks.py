"""What is said about messages: reactions, typing, deletions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client.incoming.table import on
from chatkit.client.model import Room
from chatkit.client.talk import sender
from chatkit.proto.formatting import plain
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core


@on("TAGMSG")
def tagmsg(core: Core, msg: Message) -> None:
    """TAGMSG <target>: tags without a text, of which reactions and typing are shown. It opens no room.

    Spec: https://ircv3.net/specs/extensions/message-tags
    """
    room = _room_of(core, msg)
    if room is not None:
        core.typists.received(room, msg)
        core.marks.mark(room, msg)


@on("REDACT")
def redact(core: Core, msg: Message) -> None:
    """REDACT <target> <msgid> [<reason>]

    Spec: https://ircv3.net/specs/extensions/message-redaction
    """
    room = _room_of(core, msg)
    if room is not None:
        core.marks.mark(room, msg)


def _room_of(core: Core, msg: Message) -> Room | None:
    """The channel, or the direct talk with the other one, if it is open."""
    target = core.session.channel_of(msg.param(0))
    if not core.session.is_channel(target) and core.is_me(target):
        target = sender(msg)
    return core.chat.find(plain(target))
