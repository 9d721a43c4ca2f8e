"""Services: NickServ and ChanServ, whom clients talk to that know no newer way to reach accounts and registered rooms,
and OperServ, for IRC operators.

They are no users: they have a nick that nobody else may have, take words and answer with NOTICE. What they are told
reaches neither history nor log, nor as an echo any session but the one that said it: it may be a password.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import msgspec

from chatkit.ircd import quiet
from chatkit.ircd.addressees import ADDRESSEES
from chatkit.ircd.commands import command
from chatkit.ircd.errors import ServiceError
from chatkit.ircd.secret import secret_of
from chatkit.ircd.state import User
from chatkit.proto.casemapping import casefold
from chatkit.proto.message import Message

if TYPE_CHECKING:
    from chatkit.ircd.context import Context
    from chatkit.ircd.ircd import Ircd

ServiceFunction = Callable[["Context", list[str]], None]
Hint = Callable[["Ircd"], tuple[str, ...]]
F = TypeVar("F", bound=ServiceFunction)
MAX_HELP_WORD = 16  # columns of the commands' names in the answer to HELP


class ServiceCommand(msgspec.Struct, frozen=True):
    """One row: a command of a service, in one or two words, and what HELP says of it."""

    name: str
    syntax: str
    summary: str
    details: tuple[str, ...]
    function: ServiceFunction
    needs_account: bool
    privilege: str  # that only operators have, or ""; others are not told of the command
    changes: int | None  # from how many words on it changes what lasts, and not while the server is read-only
    hint: Hint  # what HELP says besides, of this server

    @property
    def fewest(self) -> int:
        """How many words must follow the name: all that stand in the syntax without brackets around."""
        return sum(not word.startswith("[") for word in _rest(self.syntax))


class Service:
    """A service, with the table of its commands. It is entered into SERVICES, and so are the IRC commands for it."""

    def __init__(self, nick: str, about: str, *shortcuts: str) -> None:
        """``about`` is what HELP begins with; ``shortcuts`` are commands that do what PRIVMSG to the nick does."""
        self.nick = nick
        self.about = about
        self.rows: dict[str, ServiceCommand] = {}
        SERVICES[casefold(nick)] = self
        ADDRESSEES[casefold(nick)] = self.answer
        self.command("HELP [<command>]", "Tells what there is, or more of one command.")(self._help)
        for shortcut in shortcuts:
            command(shortcut)(self._shortcut)

    def source(self, ircd: Ircd) -> str:
        """nick!user@host"""
        return f"{self.nick}!{self.nick}@{ircd.name}"

    def command(
        self,
        syntax: str,
        summary: str,
        *details: str,
        needs_account: bool = False,
        privilege: str = "",
        changes: int | None = None,
        hint: Hint = lambda ircd: (),
    ) -> Callable[[F], F]:
        """Enter the function into the table; it gets the words after the command's name.

        The name is what stands in front of ``syntax`` in capitals. With too few words for it, without an account where
        one is needed, without the privilege, or while nothing may change, the user is refused before.
        """
        words = syntax.split()
        name = " ".join(words[: len(words) - len(_rest(syntax))])

        def enter(function: F) -> F:
            self.rows[name] = ServiceCommand(
                name, syntax, summary, details, function, needs_account, privilege, changes, hint
            )
            return function

        return enter

    def say(self, ctx: Context, *lines: str) -> None:
        """Answer the one who asks, a NOTICE for each line."""
        for line in lines:
            ctx.notice(self.source(ctx.ircd), line)

    def refusal(self, text: str) -> ServiceError:
        """An exception that says ``text`` instead of an answer."""
        return ServiceError(self, text)

    def require(self, condition: object, text: str) -> None:
        """Refuse with ``text`` unless ``condition`` holds."""
        if not condition:
            raise self.refusal(text)

    def confirm(self, ctx: Context, word: str, syntax: str, warning: str, *what: str) -> None:
        """Refuse until ``word`` is the code that belongs to ``what``: for what cannot be undone.

        ``syntax`` is the command as it is to be repeated, without the code.
        """
        code = hmac.digest(secret_of(ctx.ircd), "\0".join((self.nick, *what)).encode(), hashlib.sha256).hex()[:8]
        if not hmac.compare_digest(word.encode(), code.encode()):
            raise self.refusal(f"{warning} If that is what you want, say: {syntax} {code}")

    def answer(self, ctx: Context, text: str) -> None:
        """Do what the user says in ``text``. Refuses: with a NOTICE."""
        if text.startswith("\1"):
            return  # CTCP, which is for people's clients
        words = text.split()
        row = self._find(ctx, words)
        if row is None:
            raise self.refusal(f"I do not know {words[0].upper()}. Try HELP." if words else "Try HELP.")
        self.require(not row.needs_account or ctx.user.account is not None, "You are not logged in to an account.")
        given = words[len(row.name.split()) :]
        self.require(len(given) >= row.fewest, f"Syntax: {row.syntax}")
        if row.changes is not None and len(given) >= row.changes:
            why = quiet.read_only(ctx.ircd, ctx.user)
            self.require(why is None, f"{why}.")
        row.function(ctx, given)

    def _find(self, ctx: Context, words: list[str]) -> ServiceCommand | None:
        for length in (2, 1):
            row = self.rows.get(" ".join(words[:length]).upper())
            if row is not None and _may_see(ctx, row):
                return row
        return None

    def _shortcut(self, ctx: Context, msg: Message) -> None:
        """NICKSERV <command>, NS <command>, CHANSERV <command>, CS <command>, OPERSERV <command>, OS <command>: say it
        to that service. HELP lists what there is.

        No document describes it; it does what PRIVMSG to the service does.
        """
        self.answer(ctx, " ".join(msg.params))

    def _help(self, ctx: Context, words: list[str]) -> None:
        wanted = " ".join(words).upper()
        rows = [row for row in self.rows.values() if _may_see(ctx, row)]
        found = [row for row in rows if row.name == wanted]
        if found:
            self.say(ctx, f"Syntax: {found[0].syntax}", found[0].summary, *found[0].details, *found[0].hint(ctx.ircd))
            return
        rows = [row for row in rows if not wanted or row.name.startswith(f"{wanted} ")]
        self.require(rows, f"I do not know {wanted}. Try HELP.")
        self.say(ctx, self.about, *(f"{row.name:<{MAX_HELP_WORD}} {row.summary}" for row in rows))
        self.say(ctx, f"For more of one of them: /msg {self.nick} HELP <command>")


SERVICES: dict[str, Service] = {}  # by casefolded nick


def find_service(nick: str) -> Service | None:
    """The service of this nick."""
    return SERVICES.get(casefold(nick))


def as_user(ircd: Ircd, nick: str) -> User | None:
    """The service of this nick as a user that is asked about, as by WHOIS; it is none, and has no session."""
    service = find_service(nick)
    if service is None:
        return None
    user = User(service.nick, "", None, ircd.started)
    user.username, user.host, user.real, user.modes = service.nick, ircd.name, service.about, "B"
    return user


def _rest(syntax: str) -> list[str]:
    """What follows the name of a command."""
    return [word for word in syntax.split() if not (word.isupper() and word.replace("-", "").isalpha())]


def _may_see(ctx: Context, row: ServiceCommand) -> bool:
    return not row.privilege or ctx.user.may(row.privilege)
