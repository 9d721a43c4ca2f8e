"""A server that means harm, over a real socket, and what it says."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from tests.sockets import DEADLINE

END = "still here"  # what an honest person says after all of it
ROOM = "#room"
EVIL = "pwned"  # part of what a terminal must never be told
MEGABYTE = 1 << 20
FLOOD = 5_000

CONTROLS = "".join(map(chr, (*range(1, 10), 11, 12, *range(14, 32), *range(0x7F, 0xA0))))  # all but NUL, CR and LF
BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ESCAPES = (
    f"\x1b]0;{EVIL}\x07",
    f"\x1b]2;{EVIL}\x1b\\",
    f"\x1b]52;c;{EVIL}\x07",
    f"\x1b]8;;file:///{EVIL}\x1b\\x\x1b]8;;\x1b\\",
    f"\x9d0;{EVIL}\x9c",
    f"\x1bP1$r{EVIL}\x1b\\",
    f"\x1b_{EVIL}\x1b\\",
    "\x1b[2J\x1b[H",
    "\x1b[?1049l",
    "\x1bc",
    "\x1b[6n",
    "\x1b[?1000h",
    "\x9b2J",
    "\x0e\x0f\x1b(0",
    "\x1b[31m",
    "\x08" * 40,
    "\x07" * 40,
)
MARKUP = ("[bold red]x[/]", "[@click=app.quit]y[/]", "[exit] $x {", "}{ \\n \\", "%s %d {0} {nick}", "<b>&amp;</b>")
STYLES = ("\x0399,99x", "\x03,x", "\x04zzzzzzx", "\x02\x1d\x1f\x1e\x11\x16" * 900, "\x03" + "0" * 400, "\x0304,\x0f")
LINKS = (
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://exam\u202eple.org",
    "http://[::1",
    "https://" + "a" * 4000,
)
NICKS = ("\u200b", "\u2060\u2060", "\u3164", "a" * 5000, "A\u0301" * 200, "[red]", "{", "-", "\u202ebob", "🏳️‍🌈" * 30)


def corpus() -> Iterator[str | bytes]:
    """All of it, a line each, without its CR LF."""
    for text in (CONTROLS, BIDI, *ESCAPES, *MARKUP, *STYLES, *LINKS, "\x01ACTION " + CONTROLS, "\x01VERSION\x01"):
        yield from everywhere(text)
    for nick in NICKS:
        yield f":{nick}!u@h JOIN {ROOM}"
        yield f":{nick}!u@h PRIVMSG {ROOM} :who am I?"
        yield f":{nick}!u@h PRIVMSG Alice :and here?"
        yield f":{nick}!u@h NICK :{nick[::-1]}\u200c"
    yield from BROKEN
    yield from lies()
    yield from batches()
    yield from crowds()


def everywhere(text: str) -> Iterator[str]:
    """``text`` in all places that a screen shows."""
    yield f":Bob!b@h PRIVMSG {ROOM} :{text}"
    yield f":Bob!b@h NOTICE {ROOM} :{text}"
    yield f":Bob!b@h PRIVMSG Alice :{text}"
    yield f":Bob!b@h TOPIC {ROOM} :{text}"
    yield f":Bob!b@h KICK {ROOM} Carol :{text}"
    yield f":Bob!b@h MODE {ROOM} +k :{text}"
    yield f":Bob!b@h AWAY :{text}"
    yield f":Dave!{text.replace(' ', '')}@h QUIT :{text}"
    yield f":irc.test 372 Alice :{text}"
    yield f":irc.test 332 Alice {ROOM} :{text}"
    yield f":irc.test 404 Alice {ROOM} :{text}"
    yield f":irc.test 322 Alice #list 5 :{text}"
    yield f":irc.test FAIL JOIN {text.replace(' ', '')} :{text}"
    yield f":irc.test NOTE * X :{text}"
    yield f":irc.test 005 Alice NETWORK={text.replace(' ', '')} :are supported by this server"


BROKEN: tuple[str | bytes, ...] = (
    b"\xff\xfe\xc0\x80\xed\xa0\x80",
    b":\xff!\xff@\xff PRIVMSG #room :\xff\xfe",
    b"@" + b"a;" * 4000 + b" PING",
    b" ",
    b":",
    b"@",
    ":",
    ": ",
    ":x",
    "PRIVMSG",
    ":Bob PRIVMSG",
    f":Bob PRIVMSG {ROOM}",
    f":Bob PRIVMSG {ROOM} :",
    ": PRIVMSG #room :nobody",
    "JOIN",
    ":Bob JOIN",
    ":Alice JOIN :",
    ":Alice!a@h JOIN not-a-room",
    ":Bob PART",
    f":Bob KICK {ROOM}",
    ":Bob MODE",
    f":Bob MODE {ROOM} +ooooooooooo Bob",
    f":Bob MODE {ROOM} +",
    f":Bob MODE {ROOM} +\u202e",
    ":Bob NICK",
    ":Bob NICK :",
    ":NICK",
    ":irc.test 353",
    ":irc.test 353 Alice",
    f":irc.test 353 Alice = {ROOM} :@ + @+ ,",
    ":irc.test 366",
    ":irc.test 332",
    ":irc.test 433",
    ":irc.test 475",
    ":irc.test 999 x y z",
    ":irc.test 000",
    ":irc.test 321",
    ":irc.test 323",
    ":irc.test 352 Alice",
    ":irc.test 005",
    ":irc.test 005 Alice PREFIX=( CHANTYPES= NICKLEN=many CHATHISTORY=-1 MODES=x CHANMODES= TARGMAX :x",
    ":irc.test 005 Alice PREFIX=(ov)@+ CHANTYPES=# NICKLEN=0 LINELEN=3 TOPICLEN=-5 :are supported by this server",
    ":irc.test CAP",
    ":irc.test CAP * LS",
    ":irc.test CAP * NAK :x",
    ":irc.test CAP * DEL :server-time",
    ":irc.test CAP * NEW :sts=duration=x",
    ":irc.test CAP * NEW :draft/multiline=max-bytes=x,max-lines=-1",
    ":irc.test AUTHENTICATE +",
    ":irc.test 903",
    ":irc.test 904 Alice",
    ":irc.test FAIL",
    ":irc.test WARN x",
    ":irc.test MARKREAD",
    f":irc.test MARKREAD {ROOM} timestamp=never",
    ":irc.test REDACT",
    ":irc.test BATCH",
    ":irc.test BATCH +",
    ":irc.test BATCH -nothing",
    ":irc.test CHATHISTORY TARGETS",
    ":irc.test TAGMSG",
    ":irc.test RENAME #a",
    f":irc.test RENAME {ROOM}",
    ":irc.test 730 Alice",
    ":irc.test 761 Alice",
    ":irc.test PONG",
    ":Bob!b@h INVITE Alice :\u202e#x",
    ":Bob!b@h INVITE",
    ":Bob!b@h WALLOPS :x",
    ":irc.test ERROR",
    ":Bob!b@h SETNAME",
    ":Bob!b@h CHGHOST x",
)


def lies() -> Iterator[str]:
    """Tags that aren't true."""
    for time in (
        "never",
        "0001-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "-1",
        "2027-13-45T99:99:99Z",
        "\\:\\s",
    ):
        yield f"@time={time};msgid=t{time} :Bob!b@h PRIVMSG {ROOM} :when was that?"
    yield f"@msgid=first :Bob!b@h PRIVMSG {ROOM} :the first"
    yield f"@msgid=first :Eve!e@h PRIVMSG {ROOM} :says that it is the first"
    yield f"@label=1;msgid=l1 :Eve!e@h PRIVMSG {ROOM} :an answer that nobody asked for"
    yield f"@+reply=first;+draft/edit=first;msgid=e1 :Eve!e@h PRIVMSG {ROOM} :what Bob never said"
    yield f"@+draft/reply=self;+reply=self;msgid=self :Eve!e@h PRIVMSG {ROOM} :an answer to itself"
    yield f"@account=Alice :Eve!e@h PRIVMSG {ROOM} :I am you"
    for reaction in ("👍", "\u202e", "\x1b[2J", "x" * 3000, "\u200b", ""):
        yield f"@+reply=first;+draft/react={reaction} :Eve!e@h TAGMSG {ROOM}"
    for number in range(600):
        yield f"@+reply=first;+draft/react=r{number} :n{number}!e@h TAGMSG {ROOM}"
        yield f"@+typing=active :n{number}!e@h TAGMSG {ROOM}"
        yield f":Eve!e@h REDACT {ROOM} unknown{number} :never was"


def batches() -> Iterator[str]:
    """Batches that are not what they should be."""
    yield f":irc.test BATCH +open chathistory {ROOM}"
    yield f"@batch=open :irc.test BATCH +inner chathistory {ROOM}"
    yield f"@batch=inner :Bob!b@h PRIVMSG {ROOM} :inside"
    yield f":irc.test BATCH +inner draft/multiline {ROOM}"
    yield "@batch=open :irc.test BATCH -open"
    yield f":irc.test BATCH +odd no/such.type {ROOM}"
    yield f"@batch=odd :Bob!b@h PRIVMSG {ROOM} :in a batch of no kind"
    yield ":irc.test BATCH -odd"
    yield f":Bob!b@h BATCH +much draft/multiline {ROOM}"
    for _ in range(400):
        yield f"@batch=much;draft/multiline-concat :Bob!b@h PRIVMSG {ROOM} :{'much ' * 80}"
    yield ":Bob!b@h BATCH -much"
    for number in range(300):
        yield f":irc.test BATCH +never{number} chathistory {ROOM}"


def crowds() -> Iterator[str]:
    """More than anybody could look at."""
    for number in range(0, 60_000, 40):
        yield f":irc.test 353 Alice = {ROOM} :{' '.join(f'm{other}' for other in range(number, number + 40))}"
    yield f":irc.test 366 Alice {ROOM} :End of /NAMES list."
    for number in range(1_500):
        yield f":Alice!a@h JOIN #unasked{number}"
    for number in range(FLOOD):
        yield f":Bob!b@h PRIVMSG {ROOM} :flood {number}"


WELCOME = (
    ":irc.test 001 Alice :Welcome",
    ":irc.test 005 Alice CHANTYPES=# PREFIX=(ov)@+ CHANMODES=b,k,l,imnst CHATHISTORY=100 :are supported by this server",
    ":irc.test 422 Alice :No message of the day",
    f":Alice!a@h JOIN {ROOM}",
    f":irc.test 353 Alice = {ROOM} :Alice @Bob",
    f":irc.test 366 Alice {ROOM} :End of /NAMES list.",
)
CAPS = (
    "account-tag away-notify batch cap-notify draft/message-redaction draft/multiline=max-bytes=4096,max-lines=100 "
    "draft/read-marker echo-message extended-join labeled-response message-tags multi-prefix server-time"
)


class HostileServer:
    """Says all of the corpus, then a line of a megabyte; and where the client comes back, END.

    ``survived`` is set when the client has answered a PING behind the corpus, ``came_back`` when it was there again.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.survived, self.came_back = threading.Event(), threading.Event()
        self.heard = b""
        self._sockets: list[socket.socket] = [self._listener]
        self._thread = threading.Thread(target=self._serve, name="hostile-server")

    def __enter__(self) -> HostileServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for sock in self._sockets:
            with contextlib.suppress(OSError):  # wakes whoever waits for it
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        self._thread.join()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # the client or the test has had enough
            self._play(self._accept())
            client = self._accept()
            self._say(client, f":Bob!b@h PRIVMSG {ROOM} :{END}", f":Bob!b@h PRIVMSG Alice :{END}", "PING back")
            self._hear(client, b"PONG back")
            self.came_back.set()
            self._hear(client, b"QUIT")

    def _accept(self) -> socket.socket:
        client, _address = self._listener.accept()
        client.settimeout(2 * DEADLINE)
        self._sockets.append(client)
        self._hear(client, b"CAP LS")
        self._say(client, f":irc.test CAP * LS :{CAPS}")
        for line in self._hear(client, b"CAP REQ"):
            if line.startswith(b"CAP REQ"):
                self._say(client, f":irc.test CAP * ACK {line.decode().removeprefix('CAP REQ ')}")
        self._say(client, *WELCOME)
        return client

    def _play(self, client: socket.socket) -> None:
        self._say(client, *corpus(), "PING survived")
        self._hear(client, b"PONG survived")
        self.survived.set()
        with contextlib.suppress(OSError):  # it may hang up in the middle
            self._say(client, f":Bob!b@h PRIVMSG {ROOM} :{'x' * MEGABYTE}", "PING whole")
            self._hear(client, b"PONG whole")
        client.close()

    def _say(self, client: socket.socket, *lines: str | bytes) -> None:
        encoded = (line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass") for line in lines)
        client.sendall(b"".join(line + b"\r\n" for line in encoded))

    def _hear(self, client: socket.socket, word: bytes) -> list[bytes]:
        """The lines up to the one that begins with ``word``; PINGs are answered, so that it seems to be a server."""
        lines: list[bytes] = []
        rest = b""
        while not any(line.startswith(word) for line in lines):
            piece = client.recv(65536)
            if not piece:
                raise OSError("the client hung up")
            self.heard += piece
            *new, rest = (rest + piece).split(b"\r\n")
            self._say(client, *(b":irc.test PONG irc.test " + line[5:] for line in new if line.startswith(b"PING ")))
            lines += new
        return lines
