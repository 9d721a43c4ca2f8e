"""What an action or a command asks before it does something: one function for each form.

Nothing of a form blocks; what is wrong with the answer comes back as the same form, with the words in its text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatkit.client import emoji, questions, words
from chatkit.client.address import AddressError, parse_address
from chatkit.client.forms import NO, YES, Field, Form
from chatkit.client.model import Chat, Line, Room
from chatkit.client.settings import Network
from chatkit.proto import modes

if TYPE_CHECKING:
    from chatkit.client.core import Core
    from chatkit.client.hub import Hub

AS_IT_IS = "as it is"
_FLAGS = "imnstcCMRu"  # of a room, in the order to ask for them


def log_in(hub: Hub, chat: Chat, account: str = "") -> Form:
    """As whom to log in."""
    account = account or hub.runner_of(chat).options.account or chat.nick

    def submit(name: str, password: str, keep: bool) -> None:
        hub.log_in(chat, name, password, keep=keep)

    return questions.about_log_in(chat.network, words.WHY_LOG_IN, account, submit)


def log_out(hub: Hub, chat: Chat) -> Form:
    """Whether to be a guest."""

    def submit(values: dict[str, str]) -> None:
        hub.log_out(chat, forget=values["forget"] == YES)

    forget = Field("forget", "Forget its password as well", NO, "yesno", help=words.IN_THE_KEYRING)
    return Form(f"Log out of {chat.account} on {chat.network}?", words.GUEST_THEN, "Log out", submit, (forget,))


def register(hub: Hub, chat: Chat, account: str = "", text: str = words.WHY_REGISTER) -> Form:
    """A new account."""

    def submit(values: dict[str, str]) -> Form | None:
        name = values["account"].strip() or chat.nick
        if not values["password"]:
            return register(hub, chat, name, words.PASSWORD_NEEDED)
        if values["password"] != values["again"]:
            return register(hub, chat, name, words.PASSWORDS_DIFFER)
        hub.register(chat, name, values["email"].strip(), values["password"], keep=values["keep"] == YES)
        return None

    fields = (
        Field("account", "Account", account or chat.nick),
        Field("email", "Email", optional=True, help=words.WHY_EMAIL),
        Field("password", "Password", kind="password"),
        Field("again", "The same again", kind="password"),
        Field("keep", "Keep the password in the keyring", YES, kind="yesno"),
    )
    return Form(f"An account on {chat.network}", text, "Register", submit, fields)


def verify(hub: Hub, chat: Chat) -> Form:
    """The code that came by mail."""
    return _one_word(
        f"Your account on {chat.network}",
        words.CODE_CAME,
        "Verify",
        Field("code", "Code"),
        lambda code: hub.verify(chat, chat.nick, code),
    )


def join(hub: Hub, chat: Chat) -> Form:
    """Which room to enter."""
    field = Field("room", "Room", "#", help=words.ROOM_IS_MADE)
    return _one_word(
        f"Join a room of {chat.network}", "", "Join", field, lambda name: hub.join(chat, _with_sign(name)), least=2
    )


def invite(hub: Hub, room: Room) -> Form:
    """Whom to ask into a room."""
    return _one_word(
        f"Invite to {room.name}",
        "",
        "Invite",
        Field("nick", "Name"),
        lambda nick: _send(hub, room, "INVITE", nick, room.name),
    )


def invite_to(hub: Hub, room: Room, nick: str) -> Form:
    """Into which room to ask somebody."""
    names = tuple(other.name for other in room.chat.rooms if other.kind == "channel" and other.joined)
    field = Field("room", "Room", next(iter(names), ""), "choice", names)
    return _one_word(f"Invite {nick}", "", "Invite", field, lambda name: _send(hub, room, "INVITE", nick, name))


def topic(hub: Hub, room: Room) -> Form:
    """What a room is about."""

    def submit(values: dict[str, str]) -> None:
        _send(hub, room, "TOPIC", room.name, " ".join(values["topic"].split()))

    field = Field("topic", "Topic", room.topic, optional=True)
    return Form(f"The topic of {room.name}", "", "Set", submit, (field,))


def kick(hub: Hub, room: Room, nick: str) -> Form:
    """Whether to remove somebody, and why."""

    def submit(values: dict[str, str]) -> None:
        _send(hub, room, "KICK", room.name, nick, *_given(values["reason"]))

    reason = Field("reason", "Reason", optional=True)
    return Form(f"Remove {nick} from {room.name}?", words.CAN_COME_BACK, "Remove", submit, (reason,), danger=True)


def ban(hub: Hub, room: Room, nick: str) -> Form:
    """Whether to keep somebody out, and why."""

    def submit(values: dict[str, str]) -> None:
        _send(hub, room, "MODE", room.name, "+b", nick)
        if values["kick"] == YES:
            _send(hub, room, "KICK", room.name, nick, *_given(values["reason"]))

    fields = (
        Field("kick", "Remove now as well", YES, "yesno"),
        Field("reason", "Reason", optional=True),
    )
    return Form(f"Ban {nick} from {room.name}?", words.CANT_COME_BACK, "Ban", submit, fields, danger=True)


def delete(hub: Hub, room: Room, line: Line) -> Form:
    """Whether to take a message back, and why."""

    def submit(values: dict[str, str]) -> None:
        hub.redact(room, line, " ".join(values["reason"].split()))

    reason = Field("reason", "Reason", optional=True)
    return Form(words.DELETE_IT, questions.quoted(line), "Delete", submit, (reason,), danger=True)


def react(hub: Hub, room: Room, line: Line) -> Form:
    """Which reaction, of all that there are."""

    def send(text: str) -> None:
        hub.react(room, line, emoji.named(text) or text)

    field = Field("emoji", "Emoji", help=words.EMOJI_OR_NAME)
    return _one_word(f"React to {line.nick}", "", "React", field, send)


def room_modes(hub: Hub, room: Room) -> Form:
    """The settings of a room, in words. Nobody has to know what they are to change one."""
    kinds = hub.act(room.chat, lambda core: core.session.mode_types)
    flags = [letter for letter in _FLAGS if kinds.get(letter) == modes.FLAG]

    def submit(values: dict[str, str]) -> None:
        changes = [modes.ModeChange(values[flag] == YES, flag) for flag in flags if values[flag] in (YES, NO)]
        if key := "".join(values["key"].split()):
            changes.append(modes.ModeChange(key != "-", "k", key))
        if limit := values["limit"].strip():
            changes.append(modes.ModeChange(limit.isdecimal(), "l", limit if limit.isdecimal() else None))
        if changes:
            _send(hub, room, "MODE", room.name, *modes.format_changes(changes))

    fields = [
        Field(flag, _capital(modes.CHANNEL_MODE_TEXTS[flag]), AS_IT_IS, "choice", (AS_IT_IS, YES, NO)) for flag in flags
    ]
    fields += [
        Field("key", "A password to enter", optional=True, help=words.DASH_TAKES_AWAY),
        Field("limit", "People at most", optional=True, help=words.DASH_TAKES_AWAY),
    ]
    return Form(f"The settings of {room.name}", "", "Set", submit, tuple(fields))


def network(hub: Hub, old: Network | None = None, text: str = "") -> Form:
    """A new network, or another wording of a saved one."""

    def submit(values: dict[str, str]) -> Form | None:
        new = _network_of(values, old)
        try:
            parse_address(new.address)
            if not new.name or " " in new.name:
                raise AddressError(words.NAME_OF_NETWORK)
            hub.save_network(new)
            if old is not None and old.name.lower() != new.name.lower():
                hub.drop_network(old.name)
        except ValueError as error:  # AddressError, SettingError
            return network(hub, new, words.sentence(str(error)))
        if values["now"] == YES:
            hub.connect(hub.options_of(new))
        return None

    saved = old or Network("", "")
    fields = (
        Field("name", "Name", saved.name, help="One word, as “work”"),
        Field("address", "Address", saved.address, help="chat.example.org, or with a port: 10.0.0.5:55555"),
        Field("nick", "Your name there", saved.nick, optional=True),
        Field("account", "Account", saved.account, optional=True, help="Empty: you are a guest"),
        Field("password_from", "Where the account's password is", saved.password_from, help=words.WHERE_PASSWORDS_ARE),
        Field(
            "server_password_from",
            "Where the server's password is",
            saved.server_password_from,
            optional=True,
            help=words.WHERE_SERVERS_PASSWORDS_ARE,
        ),
        Field("rooms", "Rooms to join", " ".join(saved.rooms), optional=True),
        Field("connect", "Connect when the program starts", YES if saved.connect else NO, "yesno"),
        Field("now", "Connect now", YES, "yesno"),
    )
    title = f"The network {saved.name}" if saved.name else "A new network"
    return Form(title, text, "Save", submit, fields)


def saved_network(hub: Hub, chat: Chat) -> Network:
    """What the settings say of a network; of one that isn't saved, what it was connected to with."""
    options = hub.runner_of(chat).options
    return hub.settings.network(chat.label) or Network(chat.label, str(options.address), nick=chat.nick)


def _network_of(values: dict[str, str], old: Network | None) -> Network:
    saved = old or Network("", "")
    return Network(
        values["name"].strip(),
        values["address"].strip(),
        nick=values["nick"].strip(),
        account=values["account"].strip(),
        mechanism=saved.mechanism,
        password_from=values["password_from"].strip() or "keyring",
        server_password_from=values["server_password_from"].strip(),
        certificate=saved.certificate,
        fingerprint=saved.fingerprint,
        rooms=tuple(values["rooms"].replace(",", " ").split()),
        connect=values["connect"] == YES,
        sasl_required=saved.sasl_required,
    )


def _one_word(title: str, text: str, button: str, field: Field, then: Callable[[str], None], *, least: int = 1) -> Form:
    """A form of one field that takes one word of ``least`` letters."""

    def submit(values: dict[str, str]) -> Form | None:
        value = values[field.key].strip()
        if len(value) < least or len(value.split()) > 1:
            return _one_word(title, words.ONE_WORD, button, field, then, least=least)
        then(value)
        return None

    return Form(title, text, button, submit, (field,))


def _send(hub: Hub, room: Room, command: str, *params: str) -> None:
    """Send a line. What would make none is said, not sent."""

    def send(core: Core) -> None:
        try:
            core.send(command, *params)
        except ValueError:
            core.note(room, "error", words.ONE_WORD)

    hub.act(room.chat, send)


def _given(reason: str) -> list[str]:
    return [" ".join(reason.split())] if reason.strip() else []


def _with_sign(name: str) -> str:
    return name if name[0] in "#&" else f"#{name}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
