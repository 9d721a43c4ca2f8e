"""Answers and refusals, put in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.client.incoming import registration
from chatkit.client.incoming.members import set_absence
from chatkit.client.incoming.table import Handler, on
from chatkit.client.model import Room
from chatkit.proto import numerics as n
from chatkit.proto.formatting import plain
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

# What the client asks by itself: a server that doesn't know it does without.
OWN_COMMANDS = frozenset({"CAP", "CHATHISTORY", "WHO", "PING", "MARKREAD"})
# Refusals that, without a label, belong to a message under way to the target that they name.
OF_MESSAGES = frozenset(
    {n.ERR_NOSUCHNICK, n.ERR_NOSUCHCHANNEL, n.ERR_CANNOTSENDTOCHAN, n.ERR_TOOMANYTARGETS, "477", "531"}
)
RECENT = 20  # lines in which an absence isn't said again


@on(*(words.REFUSALS.keys() - registration.NAME_REFUSALS - registration.SHUT_OUT - registration.LOG_IN))
def refused(core: Core, msg: Message) -> None:
    """A numeric from 400 on: a message, a JOIN or another command was not carried out.

    Spec: https://modern.ircdocs.horse/#numerics
    """
    if msg.command == n.ERR_UNKNOWNCOMMAND and msg.param(1).upper() in OWN_COMMANDS:
        return
    reason, target = words.refusal(msg), msg.param(1)
    if core.outbox.refuse(msg.tags.get("label", ""), target if msg.command in OF_MESSAGES else "", reason):
        return
    if msg.command == n.ERR_NOSUCHNICK and core.sign_in.no_service(target):
        return
    if msg.command == n.ERR_LINKCHANNEL:
        core.entry.sent_on(target, msg.param(2))
    if msg.command in words.JOIN_REFUSALS:
        core.entry.not_joined(target, reason)
    room = core.chat.find(target) if core.session.is_channel(target) else None
    core.note(_visible(core, room), "error", words.sentence(reason))


def _visible(core: Core, room: Room | None) -> Room:
    """Where the user sees an answer: the room that it is about, if that's open and in focus, else the one in focus."""
    return room if room is not None and room.joined else core.chat.focus


@on("FAIL")
def fail(core: Core, msg: Message) -> None:
    """FAIL <command> <code> [<context>...] :<description>

    Spec: https://ircv3.net/specs/extensions/standard-replies
    """
    command, context, why = msg.param(0), msg.params[2:-1], words.said(msg)
    if (handle := _FAILURES.get(command)) is not None:
        handle(core, msg)
        return
    target = context[0] if context and command in ("PRIVMSG", "NOTICE") else ""
    refused = core.outbox.refuse(msg.tags.get("label", ""), target, why)
    if not refused and not (command == "BATCH" and core.outbox.refuse_batch(why)):
        core.tell(words.sentence(why), "error")


def _no_history(core: Core, msg: Message) -> None:
    core.history.failed(msg.param(1), msg.params[2:-1])


def _no_account(core: Core, msg: Message) -> None:
    core.sign_in.not_registered(msg.param(1), words.said(msg))


def _no_report(core: Core, msg: Message) -> None:
    core.reporting.failed(msg)


def _no_search(core: Core, msg: Message) -> None:
    core.finder.failed(words.sentence(words.said(msg)))


def _no_matter(_core: Core, _msg: Message) -> None:
    """The client did it by itself, and the user misses nothing."""


# What other parts of the client wait for.
_FAILURES: dict[str, Handler] = {
    "CHATHISTORY": _no_history,
    "MARKREAD": _no_matter,
    "REGISTER": _no_account,
    "REPORT": _no_report,
    "SEARCH": _no_search,
    "VERIFY": _no_account,
}


@on("WARN", "NOTE")
def remark(core: Core, msg: Message) -> None:
    """WARN and NOTE: as FAIL, but nothing went wrong."""
    core.tell(words.sentence(words.said(msg)))


@on(n.RPL_AWAY)
def is_away(core: Core, msg: Message) -> None:
    """301 <nick> <who> :<message>: not said again for every message to them."""
    text = words.fill(words.ANSWERS[n.RPL_AWAY], msg)
    room = core.chat.find(msg.param(1)) or core.chat.focus
    if room.key == core.chat.fold(msg.param(1)):
        set_absence(core, room, plain(msg.param(2)))
    if all(line.text != text for line in room.lines[-RECENT:]):
        core.note(room, "info", text)


@on(n.RPL_WHOISIDLE)
def whois_idle(core: Core, msg: Message) -> None:
    """317 <nick> <who> <seconds idle> <signon> :..."""
    seconds = msg.param(2)
    if seconds.isascii() and seconds.isdecimal() and len(seconds) < 12:
        core.tell(words.quiet_for(plain(msg.param(1)), int(seconds)))


@on(*(words.ANSWERS.keys() - {n.RPL_AWAY, n.RPL_NOWAWAY, n.RPL_UNAWAY} - registration.LOG_IN))
def answer(core: Core, msg: Message) -> None:
    """An answer to what the user asked."""
    core.tell(words.fill(words.ANSWERS[msg.command], msg))


@on(n.RPL_MOTD)
def motd(core: Core, msg: Message) -> None:
    """372 <nick> :<a line of the message of the day>"""
    core.note(core.chat.server, "info", words.said(msg).removeprefix("- "))


# Said about every connection, or the end of a list whose rows say all.
@on(
    "002", "003", "004", "042", n.RPL_UMODEIS, "250", n.RPL_LUSERCLIENT, n.RPL_LUSEROP, n.RPL_LUSERUNKNOWN,
    n.RPL_LUSERCHANNELS, n.RPL_LUSERME, n.RPL_LOCALUSERS, n.RPL_GLOBALUSERS, n.RPL_ENDOFWHO, n.RPL_ENDOFWHOIS,
    n.RPL_CREATIONTIME, n.RPL_TOPICWHOTIME, n.RPL_ENDOFINVITELIST, n.RPL_MOTDSTART, "379", "396", n.ERR_NOTREGISTERED,
    "CHATHISTORY",
)  # fmt: skip
def nothing(_core: Core, _msg: Message) -> None:
    """Nothing to show."""


def other(core: Core, msg: Message) -> None:
    """A numeric that nobody here knows: the server's own words. An unknown command means nothing to this client."""
    if not msg.command.isdecimal():
        return
    text = words.sentence(" ".join(map(plain, msg.params[1:])))
    if "400" <= msg.command < "600":
        refused(core, msg)
    elif text:
        core.note(core.chat.focus if core.session.welcomed else core.chat.server, "info", text)
