"""From the first line to the message of the day, and how a connection is kept and ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import words
from chatkit.client.batches import Batch
from chatkit.client.incoming import talking
from chatkit.client.incoming.table import on
from chatkit.client.talk import is_name, sender
from chatkit.proto import numerics as n
from chatkit.proto.formatting import plain
from chatkit.proto.isupport import parse_tokens
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.client.core import Core

NAME_REFUSALS = frozenset({n.ERR_NICKNAMEINUSE, n.ERR_ERRONEUSNICKNAME, n.ERR_NONICKNAMEGIVEN, "436"})
SHUT_OUT = frozenset({n.ERR_PASSWDMISMATCH, "465"})

LOG_IN = frozenset(
    {n.RPL_LOGGEDIN, n.RPL_LOGGEDOUT, n.ERR_NICKLOCKED, n.RPL_SASLSUCCESS, n.ERR_SASLFAIL, n.ERR_SASLTOOLONG,
     n.ERR_SASLABORTED, n.ERR_SASLALREADY, n.RPL_SASLMECHS}
)  # fmt: skip


@on("CAP")
def cap(core: Core, msg: Message) -> None:
    """CAP <nick> <subcommand> [*] :<capabilities>

    Spec: https://ircv3.net/specs/extensions/capability-negotiation
    """
    names = msg.params[-1].split() if len(msg.params) > 2 else []
    if (act := _CAP.get(msg.param(1).upper())) is not None:
        act(core, names, msg.param(2) == "*")


def _offered(core: Core, offers: list[str], more: bool) -> None:
    """LS and NEW: what there is, and what the values say. ``more``: another line of it follows."""
    session = core.session
    for offer in offers:
        name, _, value = offer.partition("=")
        session.offered.add(name)
        session.values[name] = value
        if name == "sts":
            core.transport_policy.heard(value)
    if more or core.session is not session:  # it wants us to come back encrypted
        return
    for names in session.to_request():
        _request(core, names)
    _go_on(core)


def _request(core: Core, names: tuple[str, ...]) -> None:
    core.session.requests.append(names)
    core.send("CAP", "REQ", " ".join(names))


def _accepted(core: Core, names: list[str], more: bool) -> None:
    """ACK: requests are answered in their order, each as a whole."""
    session = core.session
    session.enabled |= {name for name in names if not name.startswith("-")}
    session.enabled -= {name[1:] for name in names if name.startswith("-")}
    if session.requests and not more:
        session.requests.popleft()
    if "sasl" in names and not session.negotiating:  # it has come back
        core.sign_in.begin()
    _go_on(core)


def _refused(core: Core, _names: list[str], _more: bool) -> None:
    """NAK: none of the request. One capability of it is the reason, so they are asked for one by one."""
    names = core.session.requests.popleft() if core.session.requests else ()
    if len(names) > 1:
        for name in names:
            _request(core, (name,))
    _go_on(core)


def _withdrawn(core: Core, names: list[str], _more: bool) -> None:
    """DEL. A policy of STS can't be withdrawn like this."""
    gone = set(names) - {"sts"}
    core.session.offered -= gone
    core.session.enabled -= gone
    core.show_abilities()


def _go_on(core: Core) -> None:
    """Log in, where that is to be done, and then end the negotiation."""
    if core.session.requests:
        return
    if not core.session.negotiating:
        core.show_abilities()
    elif not core.sign_in.begin():
        end_negotiation(core)


def end_negotiation(core: Core) -> None:
    """CAP END: let us in."""
    if core.session.negotiating:
        core.session.negotiating = False
        core.send("CAP", "END")


_CAP: dict[str, Callable[[Core, list[str], bool], None]] = {
    "LS": _offered,
    "NEW": lambda core, offers, _more: _offered(core, offers, False),
    "ACK": _accepted,
    "NAK": _refused,
    "DEL": _withdrawn,
}


@on("AUTHENTICATE")
def authenticate(core: Core, msg: Message) -> None:
    """AUTHENTICATE <data>

    Spec: https://ircv3.net/specs/extensions/sasl-3.1
    """
    core.sign_in.authenticate(msg.param(0))


@on(*LOG_IN)
def log_in_answered(core: Core, msg: Message) -> None:
    """900 to 908: how a log-in goes.

    Spec: https://ircv3.net/specs/extensions/sasl-3.1#numerics-used-by-this-extension
    """
    core.sign_in.answered(msg)


@on("REGISTER", "VERIFY")
def account_made(core: Core, msg: Message) -> None:
    """REGISTER and VERIFY, SUCCESS or VERIFICATION_REQUIRED <account> :<message>

    Spec: https://ircv3.net/specs/extensions/account-registration
    """
    core.sign_in.registered(msg.param(0), plain(msg.param(1)), words.said(msg))


@on(n.RPL_WELCOME)
def welcome(core: Core, msg: Message) -> None:
    """001: the server let us in.

    Spec: https://modern.ircdocs.horse/#rplwelcome-001
    """
    if core.sign_in.shuns_being_a_guest():
        return
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
    tokens = parse_tokens(msg.params[1:-1])
    for key, value in tokens.items():
        if value is None:
            core.session.tokens.pop(key, None)
        else:
            core.session.tokens[key] = value
    core.chat.network = plain(core.session.tokens.get("NETWORK", "")) or core.chat.network
    if "CASEMAPPING" in tokens and core.chat.set_casemapping(tokens["CASEMAPPING"] or ""):
        core.entry.fold_again()
    if core.session.welcomed:
        core.show_abilities()


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
    """464, 465: we won't be let in; trying again would not help. 464 also answers OPER, once we are in."""
    if msg.command == n.ERR_PASSWDMISMATCH:
        if core.session.registered:
            core.tell(words.sentence(words.refusal(msg)), "error")
        else:
            core.server_password.refused(msg)
        return
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
    core.lag.answered(token)
    core.outbox.barrier_passed(token)
    core.entry.answered(token)


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
    elif whole.kind == "draft/multiline":
        talking.multiline(core, whole)
    elif whole.kind == "soju.im/search":
        core.finder.found(whole.messages)
    elif whole.kind == "draft/chathistory-targets":
        core.history.found_direct([msg for msg in whole.messages if msg.param(0) == "TARGETS"])
    else:
        for msg in whole.messages:
            core.handle(msg)


@on("ACK")
def ack(core: Core, msg: Message) -> None:
    """ACK, with a label: done, and there is nothing to say.

    Spec: https://ircv3.net/specs/extensions/labeled-response
    """
    core.outbox.accept(msg.tags.get("label", ""))
