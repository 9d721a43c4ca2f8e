"""What can be done with a message, and with the link in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import dialogs, emoji, events, words
from chatkit.client.actions.table import Fits, Target, action, both, can, keeps_order, message_action
from chatkit.client.address import AddressError, parse_address
from chatkit.client.markup import links
from chatkit.client.model import Ability, Line, Room
from chatkit.client.options import ClientOptions

if TYPE_CHECKING:
    from chatkit.client.hub import Hub


def _is_talk(target: Target) -> bool:
    return target.line is not None and target.line.is_talk and not target.line.redacted


def _is_own(target: Target) -> bool:
    return target.line is not None and target.line.mine


def _has_text(target: Target) -> bool:
    return target.line is not None and bool(target.line.text)


def _answers(target: Target) -> bool:
    return target.line is not None and target.line.reply is not None


def _may_delete(target: Target) -> bool:
    return _can_mark("redact")(target) and (_is_own(target) or keeps_order(target))


def _can_mark(ability: Ability) -> Fits:
    """Whether the server can, and has a name for the message."""
    named = both(_is_talk, lambda target: target.line is not None and bool(target.line.msgid))
    return both(can(ability), named)


@message_action("reply", "Reply", _can_mark("reply"))
def reply(hub: Hub, room: Room, line: Line) -> None:
    """What is said next answers it."""
    hub.compose(room, "reply", line)


def _usual_reaction(number: int, symbol: str) -> None:
    @message_action(f"react_{number}", f"React {symbol}", _can_mark("react"), group=1)
    def react_so(hub: Hub, room: Room, line: Line) -> None:
        hub.react(room, line, symbol)


for _number, _symbol in enumerate(emoji.USUAL, start=1):
    _usual_reaction(_number, _symbol)


@message_action("react", "React with…", _can_mark("react"), group=1)
def react(hub: Hub, room: Room, line: Line) -> None:
    """With any emoji."""
    hub.ask(dialogs.react(hub, room, line))


@message_action("edit", "Edit", both(_can_mark("edit"), _is_own), group=2)
def edit(hub: Hub, room: Room, line: Line) -> None:
    """What is sent next takes its place."""
    hub.compose(room, "edit", line)


@message_action("copy", "Copy", _has_text, group=3)
def copy(hub: Hub, _room: Room, line: Line) -> None:
    """Its text, without who said it."""
    hub.emit(events.CopyWanted(line.text))


def link_of(target: Target) -> str:
    """The address under the pointer, or else the first of the message."""
    found = links(target.line.text) if target.line is not None else ()
    return target.link or (found[0][2] if found else "")


def in_ascii(link: str) -> str:
    """``link`` with its host as the name system knows it, where that is written otherwise: letters can deceive."""
    scheme, _, rest = link.partition("://")
    host, slash, path = rest.partition("/")
    try:
        return link if host.isascii() else f"{scheme}://{host.encode('idna').decode()}{slash}{path}"
    except UnicodeError:
        return link


def _has_link(target: Target) -> bool:
    return bool(link_of(target))


def _has_irc_link(target: Target) -> bool:
    return link_of(target).lower().startswith(("irc://", "ircs://"))


def _has_web_link(target: Target) -> bool:
    return _has_link(target) and not _has_irc_link(target)


def _has_deceiving_link(target: Target) -> bool:
    return in_ascii(link_of(target)) != link_of(target)


@action("message", "open_link", "Open the link", _has_web_link, group=4)
def open_link(hub: Hub, target: Target) -> None:
    """In the user's browser."""
    if link := link_of(target):
        hub.emit(events.LinkWanted(link))


@action("message", "open_irc", "Go to that room", _has_irc_link, group=4)
def open_irc(hub: Hub, target: Target) -> None:
    """The room that the link names, on its network."""
    if target.room is None or not _has_irc_link(target):
        return
    try:
        address = parse_address(link_of(target))
    except AddressError as error:
        text = words.sentence(str(error))
        hub.act(target.room.chat, lambda core: core.tell(text, "error"))
        return
    chat = next((chat for chat in hub.chats if hub.runner_of(chat).options.address.host == address.host), None)
    if chat is None:
        hub.connect(ClientOptions(target.room.chat.nick, address))
    elif address.room:
        hub.join(chat, address.room)


@action("message", "copy_link", "Copy the link", _has_link, group=4)
def copy_link(hub: Hub, target: Target) -> None:
    """As it is shown."""
    if link := link_of(target):
        hub.emit(events.CopyWanted(link))


@action("message", "copy_ascii_link", "Copy the link as the network knows it", _has_deceiving_link, group=4)
def copy_ascii_link(hub: Hub, target: Target) -> None:
    """As its host is looked up."""
    if link := link_of(target):
        hub.emit(events.CopyWanted(in_ascii(link)))


@message_action("go_to_quoted", "Go to what it answers", _answers, group=5)
def go_to_quoted(hub: Hub, room: Room, line: Line) -> None:
    """Loaded from the server, where it isn't here."""
    quoted = line.reply
    if quoted is None:
        return
    if quoted.line_id is not None:
        hub.emit(events.LineReached(room, quoted.line_id))
    else:
        hub.act(room.chat, lambda core: core.finder.reach(room, msgid=quoted.msgid))


@message_action("mark_unread", "Mark unread from here", _is_talk, group=5)
def mark_unread(hub: Hub, room: Room, line: Line) -> None:
    """To read on later."""
    hub.act(room.chat, lambda core: core.journal.mark_unread(room, line.id))


@message_action("redact", "Delete…", _may_delete, group=6, danger=True)
def redact(hub: Hub, room: Room, line: Line) -> None:
    """For everyone, with a reason."""
    hub.ask(dialogs.delete(hub, room, line))
