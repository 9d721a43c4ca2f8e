"""What is fuzzed. A target takes any bytes, and raises for nothing but a bug.

Each also holds what it reads against something: that pieces mean what the whole means, that what is written is read
again, that a state is consistent.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
from collections.abc import Callable, Iterator

import msgspec

from chatkit.client.core import Core
from chatkit.client.options import ClientOptions
from chatkit.config import Config
from chatkit.control import rpc
from chatkit.ircd.clock import Moment
from chatkit.ircd.errors import Fail, NumericError
from chatkit.ircd.ircd import Ircd
from chatkit.ircd.lines import read_line
from chatkit.ircd.requests import Job
from chatkit.net.framing import LineFramer
from chatkit.net.transport import proxy
from chatkit.net.transport.policy import Policy
from chatkit.net.transport.reception import Peer, Reception
from chatkit.net.transport.websocket_client import ClientWebSocket
from chatkit.net.transport.websocket_server import ServerWebSocket
from chatkit.proto import (
    ctcp,
    durations,
    extbans,
    formatting,
    isupport,
    masks,
    modes,
    names,
    precis,
    sasl,
    tags,
    timestamps,
)
from chatkit.proto.addresses import parse_address, parse_network, split_place
from chatkit.proto.message import ParseError, format_line, parse
from chatkit.proto.sasl import SaslError
from chatkit.proto.scram import ScramClient, ScramServer, make_keys
from chatkit.store.words import expression, searchable

Target = Callable[[bytes], None]

MAX_LINE = 8192
START = Moment(1_800_000_000_000_000, 1000.0)


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def _pieces(data: bytes) -> Iterator[bytes]:
    """``data`` cut up as its own bytes say."""
    place = 0
    while place < len(data):
        step = data[place] % 61 + 1
        yield data[place : place + step]
        place += step


def message(data: bytes) -> None:
    """A line is refused, or what is read of it is written and read the same again; a source that is nothing is not."""
    try:
        found = read_line(data.replace(b"\r", b"").replace(b"\n", b""))
    except (Fail, NumericError):
        return
    if found is None or not found.command.isalnum():  # no such command is ever written
        return
    with contextlib.suppress(ValueError):  # what no line can have: an empty parameter before the last, for one
        line = format_line(found.command, found.params, source=found.source, tags=found.tags)
        assert parse(line) == msgspec.structs.replace(found, source=found.source or None), line


def tag_values(data: bytes) -> None:
    """Tags are read; what is escaped is the same when it is unescaped."""
    text = _text(data)
    assert tags.unescape(tags.escape(text)) == text
    found = tags.parse(text)
    tags.client_only(found, ("*", "-typing"))
    tags.only_typing(text)
    assert tags.parse(tags.format_tags(found)) == found


def framing(data: bytes) -> None:
    """However a stream is cut up, its lines are the same."""
    whole, pieces = LineFramer(64), LineFramer(64)
    assert whole.feed(data) == list(itertools.chain.from_iterable(pieces.feed(piece) for piece in _pieces(data)))


def mask(data: bytes) -> None:
    """Masks and extended bans: what is normalized stays so, and matching ends."""
    text, _, other = _text(data).partition("\n")
    normal = masks.normalize(text)
    assert masks.normalize(normal) == normal
    masks.matches(text, other)
    masks.any_matcher([text, other])(other)
    masks.split_source(text)
    found = extbans.parse(text)
    assert found is None or extbans.parse(found.text) == found


def mode(data: bytes) -> None:
    """Changes of modes: what is written is read the same again."""
    found, _unknown = modes.parse_changes(_text(data).split(" "))
    assert modes.parse_changes(modes.format_changes(found))[0] == found


def sasl_messages(data: bytes) -> None:
    """What is put together of lines, and the two mechanisms that are one message."""
    assembler = sasl.Assembler()
    for chunk in _text(data).split("\n"):
        with contextlib.suppress(SaslError):
            assembler.add(chunk)
    for read in (sasl.parse_plain, sasl.parse_external, sasl.to_text):
        with contextlib.suppress(SaslError):
            read(data)


KEYS = make_keys("correct-horse", 4096, bytes(16))


def scram(data: bytes) -> None:
    """Nobody gets in by chance, whichever side one is."""
    assert KEYS is not None
    first, _, second = data.partition(b"\n")
    with contextlib.suppress(SaslError):
        server = ScramServer("nonce")
        server.begin(first)
        server.challenge(KEYS)
        server.finish(second)
        raise AssertionError("somebody got in")
    with contextlib.suppress(SaslError):
        client = ScramClient("alice", "correct-horse")
        client.respond(b"")
        client.respond(first)
        client.respond(second)
        assert not client.done, "the server has proved nothing"


def proxy_header(data: bytes) -> None:
    """A PROXY header is refused, or found whole; more bytes behind it change nothing."""
    try:
        found = proxy.parse(data)
    except proxy.ProxyError:
        return
    if found is not None:
        header, rest = found
        assert proxy.parse(data + b"more") == (header, rest + b"more")


def reception(data: bytes) -> None:
    """A connection's first bytes: cut up or not, they mean the same."""
    outcomes = []
    for pieces in ([data], _pieces(data)):
        pipe = Reception(Policy(trusted=("192.0.2.1",)), Peer("192.0.2.1"))
        lines = b""
        for piece in pieces:
            if pipe.ended is None:
                lines += pipe.receive(piece)
                pipe.send(b"")
        outcomes.append((lines, pipe.ended is None))
        pipe.finish()
    assert outcomes[0][1] == outcomes[1][1]
    assert not outcomes[0][1] or outcomes[0][0] == outcomes[1][0]


OPENING = (
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


def websocket(data: bytes) -> None:
    """Headers and frames, from either side."""
    for head in (b"", OPENING, OPENING + b"\r\n"):
        server = ServerWebSocket("chat.test", (), ("192.0.2.1",))
        for piece in (head, *_pieces(data)):
            server.receive(piece)
            server.send(b"")
        server.finish()
    client = ClientWebSocket("ws://h/")
    for piece in _pieces(data):
        client.receive(piece)
        client.send(b"")


def json_rpc(data: bytes) -> None:
    """Any request has an answer that is JSON, or none; so has each of a batch."""
    found = rpc.answer(data, lambda method, params: {"method": method})
    answers = [] if found is None else msgspec.json.decode(found)
    assert all(answer["jsonrpc"] == "2.0" for answer in (answers if isinstance(answers, list) else [answers]))


def small_words(data: bytes) -> None:
    """Nicks, rooms, hosts, addresses, times, colours: what people type and servers tell."""
    text = _text(data)
    for read in (
        names.prepare_nick, names.prepare_channel, names.is_nick, names.is_relayed_nick, names.is_channel_name,
        names.is_key, names.is_host, names.is_mail_address, names.clean_user, precis.username, precis.freeform,
        formatting.strip, formatting.printable, formatting.plain, ctcp.split_ctcp, durations.parse_duration,
        parse_address, parse_network, split_place, searchable, expression,
    ):  # fmt: skip
        read(text)
    assert names.is_nick(names.suggest_nick(text))
    assert isupport.unescape(isupport.escape(text)) == text
    isupport.parse_tokens(text.split(" "))
    with contextlib.suppress(ValueError):
        timestamps.parse_time(text)
    with contextlib.suppress(ParseError):
        parse(text)


def client(data: bytes) -> None:
    """A client takes whatever a server says."""
    core = Core(ClientOptions(nick="Alice"), lambda: 1.0)
    core.advance(1.0, 1)
    core.opened()
    for line in (b":s 001 Alice :hi", b":Alice!a@h JOIN #room", *data.split(b"\n")):
        core.receive(line)
        core.take_output()
        core.take_events()
    core.advance(1000.0, 1_000_000)


class Complaints(logging.Handler):
    """What the rules log because a command ended in a bug."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record)


class Sink:
    """The way out to a client: what it gets is whole lines."""

    queued = 0

    def put(self, data: bytes) -> None:
        assert data.endswith(b"\r\n")

    def close(self) -> None:
        """Nothing to close."""


SETTINGS = {"name": "chat.test", "limits": {"commands_per_second": 0}, "accounts": {"argon2": "test"}}
CAPS = b"CAP REQ :message-tags echo-message labeled-response batch draft/multiline draft/metadata-2 draft/chathistory"


def server(data: bytes) -> None:
    """The rules take whatever two clients say: a line that begins with a blank is the second one's."""
    complaints = Complaints()
    log = logging.getLogger("chatkit.ircd")
    log.addHandler(complaints)
    try:
        _converse(data)
    finally:
        log.removeHandler(complaints)
    for record in complaints.found:
        if record.exc_info and record.exc_info[1] is not None:
            raise record.exc_info[1]


def _converse(data: bytes) -> None:
    ircd = Ircd(msgspec.convert(SETTINGS, Config), START, version="0")
    sessions = [ircd.connect(Sink(), address, START) for address in ("192.0.2.1", "192.0.2.2")]
    for session, nick in zip(sessions, (b"alice", b"bob"), strict=True):
        ircd.receive(session, [CAPS, b"CAP END", b"NICK " + nick, b"USER u 0 * :u", b"JOIN #room"], START)
    for line in data.split(b"\n")[:100]:
        ircd.receive(sessions[line.startswith(b" ")], [line.strip(b"\r ")], START)
        _hand_out(ircd)
    ircd.check_silence(START)
    _hand_out(ircd)


def _hand_out(ircd: Ircd) -> None:
    turn = ircd.take_turn()
    turn.hand_out()
    for job in turn.jobs:
        _fail(ircd, job)


def _fail(ircd: Ircd, job: Job) -> None:
    # There is no store here: whatever is asked of it fails, and what then is done may be asked again.
    ircd.resume(job, OSError("no store"), START)


TARGETS: dict[str, Target] = {
    "client": client,
    "framing": framing,
    "mask": mask,
    "message": message,
    "mode": mode,
    "proxy": proxy_header,
    "reception": reception,
    "rpc": json_rpc,
    "sasl": sasl_messages,
    "scram": scram,
    "server": server,
    "tags": tag_values,
    "websocket": websocket,
    "words": small_words,
}
