"""Configuration: frozen structs, filled from a TOML file, CHATKIT_* variables and options, in that order."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from chatkit.proto import addresses, names
from chatkit.proto.privileges import EVERYTHING, PRIVILEGES

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
MOST = 1 << 53  # of whatever is counted: no sum of such numbers is too large for the database
Positive = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
Natural = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Days = Annotated[int, msgspec.Meta(ge=0, le=36_500)]  # a hundred years: what is counted back from now is a date
NaturalFloat = Annotated[float, msgspec.Meta(ge=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]

T = TypeVar("T", bound=msgspec.Struct)

UNIX = "unix:"  # before the path of a Unix socket's address
MAX_DESCRIPTION = 200  # characters
MAX_SUFFIX = 39  # characters behind a cloak's three parts, which have 24: together a host may have 63
MAX_NAME = 63  # characters of the server's name, which stands in every line


class ConfigError(ValueError):
    """A mistake of whoever runs the server: one line that names it and says what to do."""


class Rooms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[rooms]"""

    autojoin: tuple[str, ...] = ("#lobby",)  # where every client lands that registers


class Log(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[log]"""

    format: Literal["auto", "rich", "plain", "json"] = "auto"
    messages: bool = True  # whether messages in rooms are logged; direct messages never are


class History(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[history]"""

    durability: Literal["process", "power"] = "process"  # what a message that was seen outlives
    page: Positive = 200  # messages in one answer to CHATHISTORY
    autoreplay: Natural = 20  # messages that a client which cannot ask for history gets when it joins a room; 0: none
    redact_seconds: NaturalFloat = 86400.0  # within which people may take back what they said; 0: at any time
    events: bool = True  # whether joins, leaves, topics and the like are kept too, for clients that ask for them
    keep_days: Days = 0  # what is older is deleted; 0: nothing is
    keep_messages: Natural = 0  # of each room and each conversation, the newest; 0: all
    keep_in_all: Natural = 0  # messages of all rooms and conversations together, the newest; 0: all


class Messages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[messages]"""

    multiline_bytes: Positive = 16384  # of one message of several lines
    multiline_lines: Positive = 100
    batch_seconds: Seconds = 30.0  # that a client may take to send one
    denied_tags: tuple[str, ...] = ()  # client-only tags that are not relayed, without the +; "*": all but "-tag"
    relay: Literal["operators", "opers", "off"] = "operators"  # who may use RELAYMSG beside IRC operators: a room's own
    relay_separators: str = "/"  # a relayed nick has one of them in it, and no other nick has


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[limits]"""

    commands_per_second: NaturalFloat = 20.0  # of one client, in the long run; 0: as many as it likes
    commands_burst: Positive = 100  # of one client, at once
    recvq_lines: Positive = 1000  # that wait because the client is too fast; past that it is disconnected
    recvq_bytes: Positive = 512 << 10  # the same in bytes
    sendq_bytes: Positive = 4 << 20  # that wait because the client is too slow; past that it is disconnected
    registration_seconds: Seconds = 30.0
    handshake_seconds: Seconds = 10.0  # for TLS, a WebSocket's opening and a PROXY header, once begun
    ping_seconds: Seconds = 120.0  # of silence until a client is asked whether it is there; it has as long again
    rooms_per_user: Positive = 100
    rooms_per_account: Positive = 20  # that one account may own
    monitor_targets: Positive = 100  # nicks that one client may watch with MONITOR
    connections: Positive = 10_000  # in all; never more than there are file descriptors for
    connections_per_address: Positive = 64  # of one address; of IPv6 one /64 counts as one
    connects_per_minute: Positive = 120  # of one address; as many at once
    registrations_per_minute: Positive = 120  # users that come from one address
    registrations_in_all: Positive = 6000  # users that come within a minute, from everywhere
    exempt: tuple[str, ...] = ("127.0.0.0/8", "::1")  # addresses and networks that the last four do not bound
    joins_per_minute: Positive = 120  # of one user, and as many at once; so are the next three
    nick_changes_per_minute: Positive = 20
    new_targets_per_minute: Positive = 60  # people written to who were not lately
    invites_per_minute: Positive = 30  # INVITE, KNOCK and REPORT together
    targets: Annotated[int, msgspec.Meta(ge=1, le=20)] = 4  # of one PRIVMSG, NOTICE or TAGMSG
    list_entries: Positive = 100  # in the lists of one room together
    server_bans: Positive = 10_000
    accounts_per_address: Positive = 20  # made one after the other, until one must wait
    login_attempts: Positive = 8  # wrong, for one account from one address, until one must wait
    guesses: Positive = 60  # wrong, for all accounts from one address
    oper_attempts: Positive = 5
    pause_seconds: Seconds = 1.0  # the first such wait; each further one is twice as long
    longest_pause_seconds: Seconds = 300.0
    passwords_at_once: Positive = 2  # that are checked; the workers are four
    searches_at_once: Positive = 1
    waiting_per_address: Positive = 200  # log-ins, mails or searches that wait for their turn
    metadata_keys: Positive = 50  # that one user or room may have
    metadata_bytes: Positive = 300  # of one value
    metadata_subscriptions: Positive = 100  # keys
    metadata_changes_per_minute: Positive = 30


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[tls]"""

    mode: Literal["auto", "required", "off"] = "auto"  # auto: offered; required: plain text from this machine only
    certificate: str = ""  # a PEM file, the chain included; empty: one of our own making
    key: str = ""  # a PEM file; empty: it is in the certificate's
    sts_seconds: Natural = 0  # how long clients are to insist on TLS; 0: it is not asked of them
    sts_port: Port = 0  # where they find TLS; 0: on ``port``
    sts_preload: bool = False


class WebSocket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[websocket]"""

    origins: tuple[str, ...] = ()  # of web pages that may connect, beside this host's own; "*": all


class Proxies(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[proxies]"""

    trusted: tuple[str, ...] = ()  # addresses and networks whose word for where a client comes from is believed


class Listener(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[[listeners]]"""

    address: str  # ``host:port``, ``[v6]:port`` or ``unix:/path``
    protocol: Literal["any", "irc", "tls", "websocket"] = "any"
    proxy: bool = False  # whether every connection begins with a PROXY header
    mode: str = "600"  # of a Unix socket's file, octal


class Webirc(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[[webirc]]"""

    hosts: tuple[str, ...]  # addresses and networks that the gateway connects from
    password: str = ""
    certfp: str = ""  # SHA-256 of the gateway's certificate; with a password too, it needs both


class Accounts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[accounts]"""

    # mail: a code that was sent must be given back; invite: a code that somebody who may gave out
    registration: Literal["open", "mail", "invite", "closed"] = "open"
    min_password: Natural = 6  # characters
    nick_reserved: bool = True  # whether an account's name is a nick for its owner alone
    multiclient: bool = True  # whether several devices share one nick
    always_on: Literal["opt-in", "opt-out", "off"] = "opt-in"  # staying in the rooms when the last device is gone
    always_on_days: Days = 0  # without a device, until a user who is always on is taken off; 0: never
    argon2: Literal["recommended", "small", "test"] = "recommended"  # what a log-in costs: see workers/passwords.py

    @property
    def scram_iterations(self) -> int:
        """What a log-in by SCRAM costs the client, and each guess a thief of the database."""
        return 4096 if self.argon2 == "test" else 100_000


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[mail]"""

    host: str = ""  # of an SMTP server; empty: no mail is sent
    port: Port = 0  # 0: the usual one for ``security``
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""  # empty: the server asks for no log-in
    password_file: str = ""
    sender: str = ""  # the address that mail comes from
    timeout_seconds: Seconds = 15.0  # for each step of the conversation with the mail server


class Network(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[network]: what the server says of itself."""

    name: str = ""  # of the network; empty: the server's
    description: str = "chat for your own network"  # of the server
    icon: str = ""  # the address of a picture
    location: str = ""  # where the server is; this and the following answer ADMIN
    organisation: str = ""
    email: str = ""  # of those who run it


class Oper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[[opers]]: who may become an IRC operator. What is given of password and certificate must all be right."""

    name: str
    oper_class: str = msgspec.field(default=EVERYTHING, name="class")
    password_hash: str = ""  # as ``chatkit config hash-password`` prints it
    password_file: str = ""  # a file whose first line is that
    certfp: str = ""  # SHA-256 of the client's certificate, in hexadecimal
    hosts: tuple[str, ...] = ()  # addresses, networks and masks that one must come from; none: from anywhere
    vhost: str = ""  # the host that others see from then on


class Cloaks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[cloaks]"""

    mode: Literal["on", "off"] = "on"  # whether members see a made-up host in place of an address
    suffix: str = "cloak"  # how it ends


class Admin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[admin]"""

    remote: str = ""  # host:port for administration over TLS, with tokens; empty: none
    ask_from: Positive = 5  # users or rooms that a command hits, from which on one is asked first
    audit_days: Days = 0  # after which what was done is deleted from the audit log; 0: never


class Metrics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """[metrics]"""

    listen: str = ""  # host:port of /metrics, /healthz and /readyz; empty: none


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set. Top-level keys are the options of ``chatkit serve``."""

    host: str = "127.0.0.1"
    port: Port = 55555
    name: str = "chatkit"
    data: str = ""  # a directory; empty: the platform's
    password_file: str = ""
    motd: str = ""  # a file
    io_threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    discovery: Literal["auto", "on", "off"] = "auto"  # auto: told to the local network where others can come in
    rooms: Rooms = Rooms()
    log: Log = Log()
    history: History = History()
    messages: Messages = Messages()
    limits: Limits = Limits()
    accounts: Accounts = Accounts()
    mail: Mail = Mail()
    tls: Tls = Tls()
    websocket: WebSocket = WebSocket()
    proxies: Proxies = Proxies()
    listeners: tuple[Listener, ...] = ()  # beside host and port
    webirc: tuple[Webirc, ...] = ()
    network: Network = Network()
    cloaks: Cloaks = Cloaks()
    admin: Admin = Admin()
    metrics: Metrics = Metrics()
    opers: tuple[Oper, ...] = ()
    oper_classes: dict[str, tuple[str, ...]] = {}  # their privileges, by the name of the class

    @property
    def data_dir(self) -> Path:
        """The directory of the database and the control socket."""
        return Path(self.data) if self.data else default_data_dir()


SECTIONS = (
    "rooms",
    "log",
    "history",
    "messages",
    "limits",
    "accounts",
    "mail",
    "tls",
    "websocket",
    "proxies",
    "network",
    "cloaks",
    "admin",
    "metrics",
)
TABLES = ("listeners", "webirc", "opers", "oper_classes")  # with entries of their own: a file alone can say them


VEIL = "…"  # what is shown for a secret


def veiled(config: Config) -> Config:
    """The settings, with a VEIL in place of what is nobody's business."""
    opers = tuple(_veil(oper, "password_hash") for oper in config.opers)
    return msgspec.structs.replace(config, opers=opers, webirc=tuple(_veil(item, "password") for item in config.webirc))


def _veil(row: T, key: str) -> T:
    return msgspec.structs.replace(row, **{key: VEIL}) if getattr(row, key) else row


def default_data_dir() -> Path:
    """The platform's place for a user's data."""
    import platformdirs  # late, for a quick start

    return Path(platformdirs.user_data_dir("chatkit", appauthor=False))


def config_dir() -> Path:
    """Where a user's settings are: CHATKIT_CONFIG_DIR, else the platform's place for them."""
    import platformdirs  # late, as above

    return Path(os.environ.get("CHATKIT_CONFIG_DIR") or platformdirs.user_config_dir("chatkit", appauthor=False))


def default_config_path() -> Path:
    """Where the settings are read from if nobody names a file."""
    return config_dir() / "chatkit.toml"


def find_config(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file that CHATKIT_CONFIG names, else the platform's if it is there."""
    if named := environment.get("CHATKIT_CONFIG"):
        return Path(named)
    path = default_config_path()
    return path if path.exists() else None


def data_named_in(path: Path) -> str | None:
    """The data directory that a file of settings names, whatever else is wrong in it; None where none can be found."""
    try:
        before_sections = re.split(r"^\s*\[", path.read_text("utf-8"), maxsplit=1, flags=re.MULTILINE)[0]
        line = re.search(r"^\s*data\s*=.*$", before_sections, re.MULTILINE)
        named = tomllib.loads(line[0])["data"] if line is not None else None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None
    return named if isinstance(named, str) else None


def load_config(
    path: Path | None = None, environment: Mapping[str, str] = os.environ, options: Mapping[str, Any] | None = None
) -> Config:
    """Read ``path``, then the environment, then ``options`` (by dotted key; None means not given).

    Raises ConfigError, which names the key or the file.
    """
    values = _read_file(path) if path is not None else {}
    _check(values, str(path))
    for key, (variable, kind) in _variables().items():
        if variable in environment:
            _put(values, key, _from_text(environment[variable], kind, variable))
            _check(values, variable)
    for key, value in (options or {}).items():
        if value is not None:
            _put(values, key, value)
    config = _check(values, "options")
    if contradiction := next(_contradictions(config), None):
        raise ConfigError(contradiction)
    return config


def variable_of(key: str) -> str:
    """The environment variable of a dotted key: ``limits.sendq_bytes`` is CHATKIT_LIMITS_SENDQ_BYTES."""
    return "CHATKIT_" + key.replace(".", "_").upper()


def keys() -> dict[str, Any]:
    """Every dotted key and its type, but for the lists of tables."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(Config):
        if field.name in TABLES:
            continue
        if field.name in SECTIONS:
            found |= {f"{field.name}.{inner.name}": inner.type for inner in msgspec.structs.fields(field.type)}
        else:
            found[field.name] = field.type
    return found


def _variables() -> dict[str, tuple[str, Any]]:
    return {key: (variable_of(key), kind) for key, kind in keys().items()}


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for section in sections:
        values = values.setdefault(section, {})
    values[last] = value


def _from_text(text: str, kind: Any, variable: str) -> Any:
    if kind == tuple[str, ...]:
        return [word.strip() for word in text.split(",") if word.strip()]
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{variable}={text!r}: {_lower(str(error))}") from error


def _check(values: dict[str, Any], origin: str) -> Config:
    try:
        config = msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{origin}: {_explain(str(error))}") from error
    if wrong := _wrong_meaning(config):
        raise ConfigError(f"{origin}: {wrong}")
    return config


def _explain(message: str) -> str:
    # "Expected `int`, got `str` - at `$.limits.sendq_bytes`" becomes "limits.sendq_bytes: expected int, got str".
    what, _, place = message.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    if what.startswith("Object contains unknown field"):
        key = what.split("`")[1]
        return f"there is no key {place + '.' if place else ''}{key} ('chatkit config show' lists all)"
    return f"{place}: {_lower(what)}" if place else _lower(what)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:].replace("`", "")


def _wrong_meaning(config: Config) -> str | None:
    """What the types cannot say of the values."""
    for room in config.rooms.autojoin:
        if not names.is_channel_name(room):
            return f"rooms.autojoin: {room!r} is no room name; one starts with # and has no blanks"
    name = config.name
    if not (0 < len(name) <= MAX_NAME and name.isascii() and name.isprintable() and " " not in name and name[0] != ":"):
        return f"name: {name!r} must be one word of up to {MAX_NAME} ASCII characters"
    return next(chain(_wrong_messages(config), _wrong_network(config), _wrong_self(config), _wrong_opers(config)), None)


def _wrong_messages(config: Config) -> Iterator[str]:
    separators, denied = config.messages.relay_separators, config.messages.denied_tags
    if not separators or any(names.is_nick(f"a{char}a") or not names.is_relayed_nick(char) for char in separators):
        yield f"messages.relay_separators: {separators!r} must be characters that no nick has, as /"
    if any(char.isspace() or char in "+;," for key in denied for char in key) or "*" in denied[1:]:
        yield f"messages.denied_tags: {', '.join(denied)!r} must be names of tags without +, or * and then -name"


def _wrong_network(config: Config) -> Iterator[str]:
    yield from _wrong_addresses("proxies.trusted", config.proxies.trusted)
    yield from _wrong_addresses("limits.exempt", config.limits.exempt)
    for key, place in (("admin.remote", config.admin.remote), ("metrics.listen", config.metrics.listen)):
        if place and addresses.split_place(place) is None:
            yield f"{key}: {place!r} must be host:port or [v6]:port"
    if config.admin.remote and config.tls.mode == "off":
        yield "admin.remote: administration from elsewhere needs TLS, and tls.mode is off"
    suffix = config.cloaks.suffix
    if not names.is_host(suffix) or len(suffix) > MAX_SUFFIX:
        yield f"cloaks.suffix: {suffix!r} must be up to {MAX_SUFFIX} letters, digits and .-:/_"
    for number, listener in enumerate(config.listeners):
        for wrong in _wrong_listener(config, listener):
            yield f"listeners[{number}]: {wrong}"
    for number, gateway in enumerate(config.webirc):
        yield from _wrong_addresses(f"webirc[{number}].hosts", gateway.hosts)
        if not gateway.password and not gateway.certfp:
            yield f"webirc[{number}]: a gateway needs a password, a certfp or both"
    if config.tls.sts_seconds and config.tls.mode == "off":
        yield "tls.sts_seconds: clients cannot insist on TLS where tls.mode is off"


def _wrong_self(config: Config) -> Iterator[str]:
    network = config.network
    for field in network.__struct_fields__:
        text = getattr(network, field)
        if not (text.isprintable() and len(text) <= MAX_DESCRIPTION):
            yield f"network.{field}: {text!r} must be one line of up to {MAX_DESCRIPTION} characters"
    if len(network.name) > MAX_NAME or not network.name.isascii():
        yield f"network.name: {network.name!r} must have up to {MAX_NAME} ASCII characters"
    if not (network.icon.isascii() and " " not in network.icon):
        yield f"network.icon: {network.icon!r} is no address of a picture, as https://example.org/icon.svg"


def _wrong_opers(config: Config) -> Iterator[str]:
    for name, privileges in config.oper_classes.items():
        for privilege in privileges:
            if privilege not in PRIVILEGES:
                yield f"oper_classes.{name}: {privilege!r} is no privilege; there are {', '.join(PRIVILEGES)}"
    seen = set()
    for number, oper in enumerate(config.opers):
        for wrong in _wrong_oper(config, oper):
            yield f"opers[{number}]: {wrong}"
        if oper.name in seen:
            yield f"opers[{number}]: there is a {oper.name!r} already"
        seen.add(oper.name)


def _wrong_oper(config: Config, oper: Oper) -> Iterator[str]:
    if not oper.name or " " in oper.name or not oper.name.isprintable():
        yield f"name {oper.name!r} must be one word"
    if oper.oper_class != EVERYTHING and oper.oper_class not in config.oper_classes:
        yield f"there is no class {oper.oper_class!r} in oper_classes"
    if oper.password_hash and oper.password_file:
        yield "password_hash and password_file are two places for the same thing: keep one"
    if not (oper.password_hash or oper.password_file or oper.certfp):
        yield "an operator needs a password_hash, a password_file or a certfp"
    if oper.password_hash and not oper.password_hash.startswith("$argon2id$"):
        yield "password_hash is none that 'chatkit config hash-password' printed"
    if oper.certfp and re.fullmatch("[0-9a-fA-F]{64}", oper.certfp.replace(":", "")) is None:
        yield f"certfp {oper.certfp!r} is no SHA-256 in hexadecimal"
    if oper.vhost and not names.is_host(oper.vhost):
        yield f"vhost {oper.vhost!r} must be letters, digits and .-:/_, up to {names.HOST_LEN} characters"


def _wrong_listener(config: Config, listener: Listener) -> Iterator[str]:
    address = listener.address
    is_unix = address.startswith(UNIX)
    if address == UNIX or (not is_unix and addresses.split_place(address) is None):
        yield f"address {address!r} must be host:port, [v6]:port or unix:/path"
    if re.fullmatch("0?[0-7]{3}", listener.mode) is None:
        yield f"mode {listener.mode!r} must be octal, as 660"
    if listener.protocol == "tls" and config.tls.mode == "off":
        yield "protocol tls cannot be where tls.mode is off"
    if listener.proxy and not is_unix and not config.proxies.trusted:
        yield "proxy needs the addresses of those proxies in proxies.trusted"


def _wrong_addresses(key: str, given: tuple[str, ...]) -> Iterator[str]:
    for text in given:
        if addresses.parse_network(text) is None:
            yield f"{key}: {text!r} is no address or network, as 192.0.2.1 or 10.0.0.0/8"


def _contradictions(config: Config) -> Iterator[str]:
    """What several keys say that does not go together, wherever each of them was set."""
    mail = config.mail
    if config.accounts.registration == "mail" and not mail.host:
        yield "accounts.registration: 'mail' needs a mail server: set mail.host and mail.sender"
    if mail.host and not names.is_mail_address(mail.sender):
        yield f"mail.sender: {mail.sender!r} is no mail address; mail needs one to come from"
    if mail.username and not mail.password_file:
        yield "mail.username: a log-in needs a password: set mail.password_file"
    if mail.username and mail.security == "none":
        yield "mail.username: without encryption anybody could read the password: set mail.security"
