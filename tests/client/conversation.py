"""The client core without sockets: a test plays the server, line by line, and moves the clock by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chatkit.client.core import Core
from chatkit.client.events import Event, LinesAppended, LinesInserted, LinesPrepended
from chatkit.client.model import Room
from chatkit.client.options import ClientOptions, Taste
from chatkit.proto.timestamps import format_time

START_MS = 1_800_000_000_000
ALL_CAPS = (
    "away-notify batch cap-notify draft/chathistory echo-message labeled-response message-tags multi-prefix server-time"
)
EVERYTHING = (
    f"{ALL_CAPS} account-notify account-tag chghost draft/event-playback draft/message-redaction"
    " draft/multiline=max-bytes=1000,max-lines=10 draft/read-marker extended-join setname soju.im/search"
)
TASTE = Taste(markdown=True)  # as a person's; a bot's text is as it is
ISUPPORT = "CHANTYPES=# PREFIX=(ov)@+ CHANMODES=b,k,l,imnst NETWORK=Testnet CHATHISTORY=100 NICKLEN=20"


class Conversation:
    """A core, and the server at the other end of it."""

    def __init__(self, *, room_ids: Iterator[int] | None = None, **options: Any) -> None:
        self.now = 1000.0
        self.events: list[Event] = []  # all so far
        self.core = Core(ClientOptions(**{"nick": "Alice", "taste": TASTE, **options}), lambda: 1.0, room_ids)
        self.wait(0)

    def wait(self, seconds: float) -> None:
        """Move the clock."""
        self.now += seconds
        self.core.advance(self.now, self.ms)

    @property
    def ms(self) -> int:
        return START_MS + int((self.now - 1000) * 1000)

    def connect(self) -> list[str]:
        """Let the dial succeed. Returns what the client says first."""
        assert self.core.take_dial()
        self.core.opened()
        return self.sent()

    def register(self, caps: str = ALL_CAPS, *, nick: str = "Alice", isupport: str = ISUPPORT) -> list[str]:
        """From the dial to the end of the message of the day. Returns what the client says then."""
        self.connect()
        self.server(f":irc.test CAP * LS :{caps}")
        asked = self.sent()
        if caps:
            self.server(f":irc.test CAP * ACK :{asked[0].partition(':')[2] or asked[0].split()[-1]}")
        self.server(
            f":irc.test 001 {nick} :Welcome",
            f":irc.test 005 {nick} {isupport} :are supported by this server",
            f":irc.test 376 {nick} :End of /MOTD command.",
        )
        sent = self.sent()
        self.pong(sent)
        return sent[1:] if caps else sent

    def enter(self, name: str = "#room", people: str = "Alice @Bob", *, history: list[str] | None = None) -> Room:
        """The server puts the user into a room, with that history."""
        nick = self.core.chat.nick
        self.server(
            f":{nick}!chatkit@here JOIN {name}",
            f":irc.test 353 {nick} = {name} :{people}",
            f":irc.test 366 {nick} {name} :End of /NAMES list",
        )
        if self.core.session.has_history:
            self.batch(name, history or [])
        self.sent()
        return self.room(name)

    def server(self, *lines: str | bytes) -> None:
        """The server says these."""
        for line in lines:
            self.core.receive(line if isinstance(line, bytes) else line.encode())

    def batch(self, target: str, lines: list[str], kind: str = "chathistory") -> None:
        """The server answers with a page of history; each line begins with its tags, or with the source."""
        self.server(f":irc.test BATCH +b1 {kind} {target}".rstrip())
        for line in lines:
            self.server(f"@batch=b1;{line[1:]}" if line.startswith("@") else f"@batch=b1 {line}")
        self.server(":irc.test BATCH -b1")

    def pong(self, sent: list[str]) -> None:
        """The server answers the client's PINGs."""
        for line in sent:
            if line.startswith("PING "):
                self.server(f":irc.test PONG irc.test {line.split()[1]}")

    def lose(self, reason: str = "Connection reset by peer") -> None:
        """The connection ends."""
        self.core.closed(reason)

    def reconnect(self, **how: Any) -> list[str]:
        """Wait as long as the client wants to, and let it in again."""
        retry_at = self.core.chat.status.retry_at
        assert retry_at is not None
        self.wait(retry_at - self.now)
        return self.register(**how)

    def sent(self) -> list[str]:
        """What the client sent since the last look."""
        return self.core.take_output().decode().split("\r\n")[:-1]

    def taken(self) -> list[Event]:
        """The events since the last look."""
        events = self.core.take_events()
        self.events += events
        return events

    def said(self) -> list[str]:
        """The text of the lines that the events since the last look show."""
        shown = [event for event in self.taken() if isinstance(event, LinesAppended | LinesInserted | LinesPrepended)]
        return [line.text for event in shown for line in event.lines]

    def room(self, name: str) -> Room:
        room = self.core.chat.find(name)
        assert room is not None, f"no room {name}"
        return room

    def say(self, text: str, room: Room | None = None) -> None:
        self.core.say(room or self.core.chat.focus, text)


def message(number: int, text: str = "", *, nick: str = "Bob", target: str = "#room", **tags: str) -> str:
    """A line that somebody said: message ``number``, so many seconds after the start."""
    all_tags = {"time": format_time(START_MS + number * 1000), "msgid": f"m{number}", **tags}
    head = ";".join(f"{key}={value}" for key, value in all_tags.items())
    return f"@{head} :{nick}!{nick.lower()}@there PRIVMSG {target} :{text or f'text {number}'}"


def view(room: Room) -> list[str]:
    """A room as a person sees it."""
    marks = {"sent": "", "pending": "… ", "failed": "✗ "}
    return [
        marks[line.state] + (f"{line.nick}: {line.text}" if line.is_talk else f"* {line.text}") for line in room.lines
    ]
