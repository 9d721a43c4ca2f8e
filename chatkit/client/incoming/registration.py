"""From the first line to the message of the day, and how a connection is kept and ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.client.batches import Batch
from chatkit.client.incoming.table import on
from chatkit.client.session import WANTED
from chatkit.client.talk import is_name, sender
from chatkit.proto import numerics as n
from chatkit.proto.formatting import plain
from chatkit.proto.isupport import parse_tokens
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

NAME_REFUSALS = frozenset({n.ERR_NICKNAMEINUSE, n.ERR_ERRONEUSNICKNAME, n.ERR_NONICKNAMEGIVEN, "436"})
SHUT_OUT = frozenset({n.ERR_PASSWDMISMATCH, "465"})


@on("CAP")
def cap(core: Core, msg: Message) -> None:
    """CAP <nick> <subcommand> [*] :<capabilities>

    Spec: https://ircv3.net/specs/extensions/capability-negotiation
    """
    subcommand = msg.param(1).upper()
    names = {word.partition("=")[0] for word in msg.params[-1].split()} if len(msg.params) > 2 else set()
    session = core.session
    if subcommand in ("LS", "NEW"):
        session.offered |= names
        if subcommand == "NEW" or msg.param(2) != "*":
            _request(core)
    elif subcommand == "ACK":
        session.enabled |= {name for name in names if not name.startswith("-")}
        session.enabled -= {name[1:] for name in names if name.startswith("-")}
        _end_negotiation(core)
    elif subcommand == "NAK":
        _end_negotiation(core)
    elif subcommand == "DEL":
        session.offered -= names
        session.enabled -= names


def _request(core: Core) -> None:
    wanted = [name for name in WANTED if name in core.session.offered - core.session.enabled]
    if wanted:
        core.send("CAP", "REQ", " ".join(wanted))
    else:
        _end_negotiation(core)


def _end_negotiation(core: Core) -> None:
    if core.session.negotiating:
        core.session.negotiating = False
        core.send("CAP", "END")


@on(n.RPL_WELCOME)
def welcome(core: Core, msg: Message) -> None:
    """001: the server let us in.

    Spec: https://modern.ircdocs.horse/#rplwelcome-001
    """
    core.session.registered = True
    core.session.server = msg.source or ""
    core.link.online(core.now)
    nick = plain(msg.param(0))
    core.naming.registered(nick if is_name(nick) else core.chat.nick)


@on(n.RPL_ISUPPORT)
def isupport(core: Core, msg: Message) -> None:
    """005 <nick> <tokens> :are supported by this server

    Spec: https://modern.ircdocs.horse/#rplisupport-005
    """
    for key, value in parse_tokens(msg.params[1:-1]).items():
        if value is None:
            core.session.tokens.pop(key, None)
        else:
            core.session.tokens[key] = value
    core.chat.network = plain(core.session.tokens.get("NETWORK", "")) or core.chat.network


@on(n.RPL_ENDOFMOTD, n.ERR_NOMOTD)
def end_of_motd(core: Core, _msg: Message) -> None:
    """376 or 422: the server has introduced itself. The first of them is the moment to join rooms."""
    if not core.session.welcomed:
        core.enter_rooms()


@on(*NAME_REFUSALS)
def name_refused(core: Core, msg: Message) -> None:
    """433, 432, 431, 436: another name is needed.

    Spec: https://modern.ircdocs.horse/#errnicknameinuse-433
    """
    core.naming.refused(msg)


@on(*SHUT_OUT)
def shut_out(core: Core, msg: Message) -> None:
    """464, 465: we won't be let in; trying again would not help."""
    core.session.banished = True
    core.session.parting_words = core.session.parting_words or words.sentence(words.refusal(msg))


@on("PING")
def ping(core: Core, msg: Message) -> None:
    """PING <token>"""
    core.send("PONG", *msg.params[:1])


@on("PONG")
def pong(core: Core, msg: Message) -> None:
    """PONG <server> <token>"""
    token = msg.params[-1] if msg.params else ""
    core.outbox.barrier_passed(token)
    core.entered(token)


@on("ERROR")
def error(core: Core, msg: Message) -> None:
    """ERROR :<reason>: the server is about to close the connection."""
    core.session.parting_words = core.session.parting_words or words.closed_by_server(words.said(msg))


@on("KILL")
def kill(core: Core, msg: Message) -> None:
    """KILL <nick> :<reason>: an operator throws somebody out."""
    if core.is_me(msg.param(0)):
        core.session.banished = True
        core.session.parting_words = words.thrown_out(sender(msg), plain(msg.param(1)))


@on("BATCH")
def batch(core: Core, msg: Message) -> None:
    """BATCH +<reference> <type> [<params>], and -<reference>

    Spec: https://ircv3.net/specs/extensions/batch
    """
    if msg.param(0).startswith("+"):
        core.session.batches.start(msg)
    elif (whole := core.session.batches.end(msg)) is not None:
        _handle_batch(core, whole)


def _handle_batch(core: Core, whole: Batch) -> None:
    if whole.kind == "chathistory":
        core.history.page(whole.params[0] if whole.params else "", whole.messages)
    elif whole.kind == "draft/chathistory-targets":
        core.history.found_direct([msg.param(1) for msg in whole.messages if msg.param(0) == "TARGETS"])
    else:
        for msg in whole.messages:
            core.handle(msg)


@on("ACK")
def ack(core: Core, msg: Message) -> None:
    """ACK, with a label: done, and there is nothing to say.

    Spec: https://ircv3.net/specs/extensions/labeled-response
    """
    core.outbox.accept(msg.tags.get("label", ""))
