"""Commands about networks, connections and accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import dialogs, words
from chatkit.client.address import parse_address
from chatkit.client.commands.table import COMMANDS as ROWS
from chatkit.client.commands.table import NETWORK, TEXT, Misuse, Typed, choice, command, need, remark, say, usage_of
from chatkit.client.model import Chat
from chatkit.client.options import ClientOptions
from chatkit.client.settings import Network
from chatkit.proto.message import ParseError, parse

if TYPE_CHECKING:
    from chatkit.client.core import Core
    from chatkit.client.hub import Hub

FORGET = "forget"


@command("connect", "ADDRESS", "connect to a further network, by its address or its name", "server", of_hub=True,
         args=(NETWORK,))  # fmt: skip
def connect(hub: Hub, typed: Typed) -> None:
    """A saved network, or one that is not."""
    where = need(typed, 1, "connect")[0].split()[0]
    if (chat := _chat(hub, where)) is not None:
        hub.reconnect(chat)
    elif (saved := hub.settings.network(where)) is not None:
        hub.connect(hub.options_of(saved))
    else:
        software = hub.runner_of(typed.room.chat).options.software
        hub.connect(ClientOptions(typed.room.chat.nick, parse_address(where), software=software))


@command("network", "[list|add|connect|disconnect|remove] [NAME] [ADDRESS]", "the networks that you use", "networks",
         of_hub=True, args=(choice("list", "add", "connect", "disconnect", "remove"), NETWORK, TEXT))  # fmt: skip
def network(hub: Hub, typed: Typed) -> None:
    """Without a word: which there are."""
    word, *rest = typed.words or ["list"]
    action = _NETWORK.get(word.lower())
    if action is None:
        raise Misuse(usage_of(ROWS["network"]))
    action(hub, typed, rest)


def _list(hub: Hub, typed: Typed, _rest: list[str]) -> None:
    for chat in hub.chats:
        say(hub, typed.room, f"{chat.label}: {chat.status.text}")
    connected = {chat.label.lower() for chat in hub.chats}
    for saved in hub.settings.networks:
        if saved.name.lower() not in connected:
            say(hub, typed.room, f"{saved.name}: {words.saved_network(saved.address)}")


def _add(hub: Hub, typed: Typed, rest: list[str]) -> None:
    if len(rest) < 2:
        raise Misuse("Write it as: /network add NAME ADDRESS")
    parse_address(rest[1])
    hub.save_network(Network(rest[0], rest[1], nick=typed.room.chat.nick))
    say(hub, typed.room, words.network_added(rest[0]))


def _connect(hub: Hub, typed: Typed, rest: list[str]) -> None:
    connect(hub, Typed(typed.room, " ".join(rest)))


def _disconnect(hub: Hub, typed: Typed, rest: list[str]) -> None:
    hub.disconnect(_named(hub, typed, rest))


def _remove(hub: Hub, typed: Typed, rest: list[str]) -> None:
    if not rest:
        raise Misuse("Write it as: /network remove NAME")
    if (chat := _chat(hub, rest[0])) is not None:
        hub.forget(chat)
    elif hub.settings.network(rest[0]) is not None:
        hub.drop_network(rest[0])
    else:
        raise Misuse(words.no_network(rest[0]))


_NETWORK: dict[str, Callable[[Hub, Typed, list[str]], None]] = {
    "list": _list,
    "add": _add,
    "connect": _connect,
    "disconnect": _disconnect,
    "remove": _remove,
}


def _named(hub: Hub, typed: Typed, rest: list[str]) -> Chat:
    """The network called so; without a name that of the room."""
    chat = _chat(hub, rest[0]) if rest else typed.room.chat
    if chat is None:
        raise Misuse(words.no_network(rest[0]))
    return chat


def _chat(hub: Hub, name: str) -> Chat | None:
    return next((chat for chat in hub.chats if name.lower() in (chat.label.lower(), chat.network.lower())), None)


@command("trust", "[NETWORK]", "trust the new certificate of a server, after it changed", of_hub=True, args=(NETWORK,))
def trust(hub: Hub, typed: Typed) -> None:
    """The one that was refused at the last try."""
    if not hub.trust(_named(hub, typed, typed.words)):
        raise Misuse(words.NOTHING_TO_TRUST)


@command("login", "[ACCOUNT]", "log in to your account; asks for the password", "identify", of_hub=True, args=(TEXT,))
def login(hub: Hub, typed: Typed) -> None:
    """AUTHENTICATE, where the server has it; else NickServ is told."""
    hub.ask(dialogs.log_in(hub, typed.room.chat, *typed.words[:1]))


@command("logout", "[forget]", "log out of your account here; with 'forget' the keyring forgets its password too",
         of_hub=True, args=(choice(FORGET),))  # fmt: skip
def logout(hub: Hub, typed: Typed) -> None:
    """NickServ is told, as IRC has no command for it."""
    if typed.rest.lower() not in ("", FORGET):
        raise Misuse(usage_of(ROWS["logout"]))
    kept = hub.log_out(typed.room.chat, forget=bool(typed.rest))
    if typed.rest:
        remark(hub, typed.room, words.PASSWORD_FORGOTTEN if kept else words.PASSWORD_ELSEWHERE)


@command("register", "[ACCOUNT]", "make an account, so that your name stays yours", of_hub=True, args=(TEXT,))
def register(hub: Hub, typed: Typed) -> None:
    """REGISTER, where the server has it; else NickServ is told."""
    hub.ask(dialogs.register(hub, typed.room.chat, *typed.words[:1]))


@command(
    "verify",
    "CODE [ACCOUNT]",
    "give the code that makes a new account yours: from a mail, or an invite code",
    args=(TEXT,),
)
def verify(core: Core, typed: Typed) -> None:
    """VERIFY <account> <code>"""
    code, *account = need(typed, 1, "verify")[0].split()
    core.sign_in.verify(account[0] if account else core.chat.nick, code)


@command("lag", "", "how long a message takes to the server and back")
def lag(core: Core, typed: Typed) -> None:
    """As the last PING told."""
    core.note(typed.room, "info", words.lag(core.chat.lag_ms))


@command("raw", "LINE", "send a line of the protocol, as it is", "quote", args=(TEXT,))
def raw(core: Core, typed: Typed) -> None:
    """The line itself."""
    try:
        line = parse(need(typed, 1, "raw")[0])
    except ParseError as error:
        raise Misuse(usage_of(ROWS["raw"])) from error
    core.send(line.command, *line.params, tags=line.tags)


@command("reconnect", "", "try again now to reach the server", needs_connection=False)
def reconnect(core: Core, _typed: Typed) -> None:
    """Where there is a connection, nothing happens."""
    core.reconnect()


@command("quit", "[REASON]", "leave", "exit", "bye", needs_connection=False, args=(TEXT,))
def quit_(core: Core, typed: Typed) -> None:
    """QUIT [<reason>]"""
    core.quit(typed.rest)
