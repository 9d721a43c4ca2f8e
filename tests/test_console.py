"""The server's console: its words, its formats, its live view, and that nothing takes it down."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sys
import threading
from types import SimpleNamespace

import pytest
from rich.console import Console as RichConsole

from chatkit.config import Config, Log, load_config
from chatkit.console import Console
from chatkit.console.backlog import Backlog
from chatkit.console.live import LiveView
from chatkit.console.outlet import Outlet
from chatkit.console.outputs import FORMATS, Plain, choose
from chatkit.console.panes import COLUMNS, fit
from chatkit.control import overview, words
from chatkit.control.overview import Snapshot, UserRow
from chatkit.control.words import Line
from chatkit.ircd.clock import Moment
from chatkit.ircd.events import (
    Announced,
    Cause,
    Connected,
    Joined,
    Kicked,
    NickChanged,
    Opered,
    Quit,
    Registered,
    Said,
    TopicChanged,
)
from chatkit.ircd.ircd import Ircd
from chatkit.server import Server
from tests.sockets import DEADLINE, RawClient
from tests.terminal import Terminal

ALICE, BOB = "Alice!~a@127.0.0.1", "Bob!~b@127.0.0.1"
NOON = 1_800_000_000_000_000  # microseconds since 1970: 2027-01-15T08:00:00Z


def said(text: str, target: str = "#lobby", command: str = "PRIVMSG") -> Said:
    return Said(Cause(NOON, BOB), command, target, target, "~1", text)


# Words

TOLD = [
    (Connected(Cause(NOON, "127.0.0.1")), "New connection: 127.0.0.1"),
    (Registered(Cause(NOON, "127.0.0.1"), "Alice", "127.0.0.1"), "User joined: Alice"),
    (said("Hello everyone!"), "Message from Bob: Hello everyone!"),
    (said("Hello", command="NOTICE"), "Message from Bob: Hello"),
    (said("\x01ACTION waves\x01"), "Message from Bob: * waves"),
    (said("\x0304red\x03 \x1b[2Jgone \u202eevil"), "Message from Bob: red \N{REPLACEMENT CHARACTER}[2Jgone evil"),
    (said("{text} {0} %s"), "Message from Bob: {text} {0} %s"),
    (NickChanged(Cause(NOON, BOB), "Robert"), "User renamed: Bob is now Robert"),
    (Kicked(Cause(NOON, ALICE), "#lobby", "Bob", "spam"), "User kicked: Bob from #lobby by Alice (spam)"),
    (Announced(Cause(NOON, "chatkit"), "Tea"), "Announcement: Tea"),
    (Opered(Cause(NOON, BOB), "ada", "all"), "Operator: Bob as ada"),
    (Quit(Cause(NOON, BOB), "Ping timeout"), "User left: Bob (Ping timeout)"),
    (Quit(Cause(NOON, BOB), "Quit: "), "User left: Bob (Quit)"),
]

UNTOLD = [
    said("psst", target="Alice"),
    said("psst", target="Alice", command="NOTICE"),
    said("", command="TAGMSG"),
    said("\x01VERSION\x01"),
    Joined(Cause(NOON, BOB), "#lobby"),
    TopicChanged(Cause(NOON, BOB), "#lobby", "Tea"),
]


@pytest.mark.parametrize(("event", "text"), TOLD, ids=[text[:30] for _, text in TOLD])
def test_what_is_logged_is_said_in_these_words(event, text):
    assert words.is_logged(event, messages=True)
    assert words.of_event(event).text == text


@pytest.mark.parametrize("event", UNTOLD, ids=repr)
def test_what_is_private_or_small_is_not_logged(event):
    assert not words.is_logged(event, messages=True)


def test_messages_can_be_left_out_of_the_log():
    assert [words.is_logged(event, messages=False) for event, _ in TOLD].count(False) == 5


def test_the_server_speaks_of_itself_in_the_promised_words():
    started = words.of_state("started", NOON, address="127.0.0.1", port=55555)
    assert started.text == "Server started on IP 127.0.0.1 and port 55555"
    assert words.of_state("waiting", NOON).text == "Waiting for connections..."
    assert words.of_state("left_out", NOON, lines=1234).text == "… 1,234 lines left out"


def test_a_traceback_is_told_with_its_lines_but_without_control_characters():
    try:
        raise ValueError("bad \x1b[31m thing")
    except ValueError:
        record = logging.LogRecord("chatkit.net", logging.ERROR, "", 0, "%s broke", ("it",), sys.exc_info())
    line = words.of_record(record)
    first, *rest = line.text.splitlines()
    assert first == "error: it broke"
    assert rest[-1] == "ValueError: bad \N{REPLACEMENT CHARACTER}[31m thing"
    assert line.is_problem


# What waits


def test_a_backlog_drops_the_oldest_and_counts():
    backlog: Backlog[int] = Backlog(3)
    backlog.extend([1, 2])
    backlog.extend([3, 4, 5])
    assert backlog.take() == (2, [3, 4, 5])
    assert backlog.take() == (0, [])
    backlog.extend(list(range(10)))
    assert backlog.take() == (7, [7, 8, 9])


# The log thread


class FakeServer:
    """What the console asks of a server."""

    def __init__(self) -> None:
        self.config = Config()
        self.port = 55555
        self.started_at = NOON / 1e6
        self.now = Moment(NOON, 100.0)
        self.ircd = Ircd(self.config, self.now)

    def act(self, function):
        return function(self.ircd, self.now)


class Stream(io.StringIO):
    """A stream that tells when it was written to; ``error`` is what writing fails with."""

    error: Exception | None = None

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Condition()

    def write(self, text: str) -> int:
        with self.written:
            self.written.notify_all()
            if self.error is not None:
                raise self.error
            return super().write(text)

    def wait_for(self, text: str) -> None:
        with self.written:
            assert self.written.wait_for(lambda: text in self.getvalue(), DEADLINE), self.getvalue()


@pytest.fixture
def start_console():
    consoles = []

    def start(log_format: str = "plain", messages: bool = True) -> SimpleNamespace:
        out, err = Stream(), Stream()
        console = Console(Log(log_format, messages), out, err)
        console.start(FakeServer())
        consoles.append(console)
        out.wait_for("onnections..." if log_format == "plain" else "waiting")
        return SimpleNamespace(put=console.put, stop=console.stop, stopping=console.stopping, out=out, err=err)

    yield start
    for console in consoles:
        console.stop()


def test_the_plain_log_is_exactly_these_lines(start_console):
    console = start_console()
    console.put([TOLD[0][0], TOLD[1][0], UNTOLD[0], TOLD[2][0]])
    console.put([Quit(Cause(NOON, BOB), "Quit: bye")])
    console.stopping()
    console.stop()
    assert console.out.getvalue().splitlines() == [
        "Server started on IP 127.0.0.1 and port 55555",
        "Waiting for connections...",
        "New connection: 127.0.0.1",
        "User joined: Alice",
        "Message from Bob: Hello everyone!",
        "User left: Bob (Quit: bye)",
        "Server stopping...",
        "Server stopped",
    ]
    assert console.err.getvalue() == ""


def test_the_json_log_is_one_object_a_line(start_console):
    console = start_console("json")
    console.put([said("Hello everyone!")])
    console.stop()
    started, waiting, message, stopped = map(json.loads, console.out.getvalue().splitlines())
    assert started["event"] == "started"
    assert (started["address"], started["port"]) == ("127.0.0.1", 55555)
    assert message == {
        "time": "2027-01-15T08:00:00.000Z",
        "event": "message",
        "nick": "Bob",
        "room": "#lobby",
        "text": "Hello everyone!",
    }
    assert (waiting["event"], stopped["event"]) == ("waiting", "stopped")


def test_a_flood_is_cut_to_its_newest_lines_and_says_so(start_console):
    console = start_console()
    console.put([said(f"number {number}") for number in range(10_000)])
    console.stop()
    _, _, left_out, *shown, last = console.out.getvalue().splitlines()
    number = re.fullmatch(r"… ([\d,]+) lines left out", left_out)
    assert number is not None
    assert int(number[1].replace(",", "")) + len(shown) == 10_000
    assert len(shown) <= FORMATS["plain"].lines
    assert shown[-1] == "Message from Bob: number 9999"
    assert last == "Server stopped"


def test_what_came_while_the_log_rested_waits_for_what_comes_next(monkeypatch):
    """That is put here when it has been sent: then no I/O thread is in the midst of sending."""
    monkeypatch.setattr("chatkit.console.console.LULL", DEADLINE)
    console = Console(Log("plain"), Stream(), Stream())
    waits = threading.Event()

    class Wake(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.set()
            return super().wait(timeout)

    monkeypatch.setattr(console, "_wake", Wake())
    console.put([said("one")])
    resting = threading.Thread(target=console._rest)
    resting.start()
    assert waits.wait(DEADLINE)
    console.put([said("two")])
    resting.join(DEADLINE)
    assert not resting.is_alive()
    assert console._wake.is_set(), "else neither would be shown"


def test_private_messages_do_not_count_as_left_out(start_console):
    console = start_console()
    console.put([said("psst", target="Alice")] * 10_000)
    console.stop()
    assert "left out" not in console.out.getvalue()


def test_the_journal_is_told_how_bad_each_line_is(tmp_path, monkeypatch):
    with (tmp_path / "out").open("w+") as out, (tmp_path / "err").open("w+") as err:
        found = os.fstat(err.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{found.st_dev}:{found.st_ino}")
        plain = Plain(Outlet(out), Outlet(err), lambda limit: None)
        lines = [
            Line(0, "error", "error: it broke\nTraceback", {}, is_problem=True),
            Line(0, "joined", "User joined: A", {}),
        ]
        plain.show(lines)
        assert (tmp_path / "err").read_text() == "<3>error: it broke\n<3>Traceback\n"
        assert (tmp_path / "out").read_text() == "User joined: A\n"


def test_warnings_and_tracebacks_go_to_standard_error(start_console):
    console = start_console()
    logging.getLogger("chatkit.test").warning("low on %s", "tea")
    try:
        raise ValueError("bad")
    except ValueError:
        logging.getLogger("chatkit.test").exception("it broke")
    console.stop()
    assert console.err.getvalue().startswith("warning: low on tea\nerror: it broke\nTraceback (most recent call last):")
    assert "low on tea" not in console.out.getvalue()


def test_the_json_log_holds_warnings_too(start_console):
    console = start_console("json")
    logging.getLogger("chatkit.test").warning("low on %s", "tea")
    console.stop()
    entries = [json.loads(line) for line in console.out.getvalue().splitlines()]
    warning = next(entry for entry in entries if entry["event"] == "warning")
    assert (warning["logger"], warning["text"]) == ("chatkit.test", "low on tea")


def test_loggers_are_left_as_they_were(start_console):
    before = list(logging.getLogger("chatkit").handlers)
    start_console().stop()
    assert logging.getLogger("chatkit").handlers == before


def test_a_full_disk_costs_lines_and_says_how_many(start_console):
    console = start_console()
    console.out.error = OSError(28, "No space left on device")
    with console.out.written:
        console.put([said("lost")] * 5)
        assert console.out.written.wait(DEADLINE)
    console.out.error = None
    console.stop()
    assert console.out.getvalue().splitlines()[2:] == ["… 5 lines left out", "Server stopped"]


def test_a_closed_standard_output_is_not_asked_again(start_console):
    console = start_console()
    console.out.error = BrokenPipeError(32, "Broken pipe")
    with console.out.written:
        console.put([said("lost")])
        assert console.out.written.wait(DEADLINE)
    console.out.error = None
    console.put([said("nobody reads this")])
    console.stop()
    assert "nobody" not in console.out.getvalue()


def test_a_bug_in_one_line_does_not_end_the_log(start_console, monkeypatch):
    console = start_console()
    row = words.Row("left", "User left: {nick} ({raeson})", lambda event: {})
    with monkeypatch.context() as patch:
        patch.setitem(words.ROWS, Quit, row)
        console.put([Quit(Cause(NOON, BOB), "bad")])
        console.err.wait_for("KeyError")
    console.put([said("still here")])
    console.stop()
    assert "Message from Bob: still here" in console.out.getvalue()


# Streams


def test_an_outlet_writes_to_the_file_itself(tmp_path):
    with (tmp_path / "log").open("w", encoding="ascii") as file:
        outlet = Outlet(file)
        outlet.write("Zoë")
        outlet.flush()
        assert (tmp_path / "log").read_bytes() == b"Zo\\xeb"


def test_an_outlet_waits_for_a_pipe_that_does_not_block():
    """Whoever shares a terminal or a pipe with us may have switched it."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    text, read = "x" * 200_000, []
    with os.fdopen(reader) as source, os.fdopen(writer, "w") as sink:
        thread = threading.Thread(target=lambda: read.append(source.read(len(text))))
        thread.start()
        outlet = Outlet(sink)
        outlet.write(text)
        outlet.flush()
        thread.join()
    assert read == [text]
    assert not outlet.failed


def test_a_stream_that_was_closed_from_the_start_is_none():
    outlet = Outlet(None)
    outlet.write("nobody reads this")
    outlet.flush()
    assert not outlet.isatty()


def test_a_full_device_is_no_exception():
    with open("/dev/full", "w") as full:
        plain = Plain(Outlet(full), Outlet(io.StringIO()), lambda limit: None)
        assert not plain.show([words.of_state("waiting", NOON)])


@pytest.mark.parametrize(
    ("wanted", "is_terminal", "term", "expected"),
    [
        ("auto", True, "xterm", "rich"),
        ("auto", False, "xterm", "plain"),
        ("auto", True, "dumb", "plain"),
        ("rich", True, "xterm", "rich"),
        ("rich", False, "xterm", "plain"),
        ("plain", True, "xterm", "plain"),
        ("json", True, "xterm", "json"),
    ],
)
def test_a_live_view_is_for_terminals(wanted, is_terminal, term, expected):
    assert choose(wanted, is_terminal, term) is FORMATS[expected]


# The live view


def user(nick: str, rooms: tuple[str, ...] = ("#lobby",), away: str | None = None) -> UserRow:
    return UserRow(nick, rooms, 125, "192.168.100.200", "chatkit/0.1.0", away, "")


def line(text: str, event: str = "message") -> Line:
    return Line(NOON, event, text, {})


class Screen:
    """A live view drawn for a terminal of this size."""

    def __init__(self, width: int, height: int, users: list[UserRow], total: int | None = None) -> None:
        count = len(users) if total is None else total
        self.stream = io.StringIO()
        self.looks = 0
        self.snapshot = Snapshot(count, 2, 10, tuple(users))
        self.rich = RichConsole(file=self.stream, width=width, height=height, force_terminal=True)
        self.now = 1000.0
        self.view = LiveView(Outlet(self.stream), self._look, self.rich, lambda: self.now)
        self.view.show([words.of_state("started", NOON, address="127.0.0.1", port=55555)])

    def _look(self, limit: int) -> Snapshot:
        self.looks += 1
        return self.snapshot

    def rows(self) -> list[str]:
        plain = RichConsole(width=self.rich.width, height=self.rich.height, file=io.StringIO())
        rendered = plain.render_lines(self.view.draw(), plain.options.update(height=plain.height))
        return ["".join(segment.text for segment in row).rstrip() for row in rendered]


@pytest.fixture
def make_screen():
    screens = []

    def make(width: int, height: int, users: list[UserRow], total: int | None = None) -> Screen:
        screens.append(Screen(width, height, users, total))
        return screens[-1]

    yield make
    for screen in screens:
        screen.view.close()


def test_at_80_columns_the_log_and_the_users_stand_side_by_side(make_screen):
    screen = make_screen(80, 24, [user("Alice", ("#lobby", "#garden")), user("日本語")])
    screen.view.show([line("User joined: Alice", "joined"), line("Message from Alice: " + "long words " * 6)])
    rows = screen.rows()
    assert rows[1:7] == [
        "Server started on IP 127.0.0.1 and port 55555  │ nick    rooms           idle",
        "User joined: Alice                             │ Alice   #lobby #garden  2m",
        "Message from Alice: long words long words      │ 日本語  #lobby          2m",
        "  long words long words long words long words  │",
        "                                               │",
        "                                               │",
    ]
    assert len(rows) == 24


def test_the_header_says_where_and_how_much(make_screen):
    right = "1 user · 2 rooms · 0 messages/s"
    assert make_screen(80, 10, [user("Alice")]).rows()[0] == " chatkit · 127.0.0.1:55555".ljust(79 - len(right)) + right
    assert make_screen(56, 10, [user("Alice")]).rows()[0].startswith(" 127.0.0.1:55555 ")


def test_wide_screens_show_every_column_and_times(make_screen):
    screen = make_screen(140, 10, [user("Alice")])
    head, first = screen.rows()[1:3]
    assert head.split("│")[1].split() == ["nick", "rooms", "idle", "address", "client"]
    assert first.split("│")[1].split() == ["Alice", "#lobby", "2m", "192.168.100.200", "chatkit/0.1.0"]
    assert head.split("│")[0].split(" ", 1)[1].startswith("Server started on IP")


def test_narrow_screens_keep_the_log_alone(make_screen):
    assert "│" not in "".join(make_screen(60, 10, [user("Alice")]).rows())


def test_more_users_than_rows_are_counted(make_screen):
    screen = make_screen(80, 10, [user(f"user{number}") for number in range(10)], total=1234)
    assert screen.rows()[-1].endswith("│ … and 1,227 more")


def test_a_screen_that_is_just_large_enough_shows_everyone(make_screen):
    rows = make_screen(80, 10, [user(f"user{number}") for number in range(8)]).rows()
    assert "user7" in rows[-1]


def test_a_flood_leaves_lines_that_can_be_read_and_says_what_it_left_out(make_screen):
    screen = make_screen(80, 24, [])
    flood = [line(f"Message from Bob: {number}") for number in range(100)]
    screen.view.show([words.of_state("left_out", NOON, lines=5000), *flood])
    rows = [row.split("│")[0].rstrip() for row in screen.rows()]
    assert rows[2] == "… 5,089 lines left out"
    assert [row for row in rows if "Message" in row][0::10] == ["Message from Bob: 89", "Message from Bob: 99"]


def test_a_terminal_that_is_resized_is_drawn_in_its_new_size(make_screen):
    screen = make_screen(120, 30, [user("Alice")])
    screen.rich.size = (80, 24)
    assert len(screen.rows()) == 24
    assert max(map(len, screen.rows())) <= 80


@pytest.mark.parametrize("size", [(1, 1), (5, 2), (23, 3), (46, 2), (70, 1)])
def test_no_size_is_too_small(make_screen, size):
    screen = make_screen(*size, [user("Alice"), user("日本語さん")])
    screen.view.show([line("Message from Alice: 日本語さん hello")])
    assert len(screen.rows()) == size[1]


def test_the_server_is_asked_twice_a_second_at_most(make_screen):
    screen = make_screen(80, 24, [])
    for tenth in range(21):
        screen.now = 1000 + tenth / 10
        screen.view.show([])
    assert screen.looks == 5


def test_messages_a_second_are_those_of_the_last_seconds(make_screen):
    screen = make_screen(80, 24, [])
    screen.snapshot = Snapshot(0, 0, 12_410, ())
    screen.now += 10
    screen.view.show([])
    assert screen.rows()[0].endswith("1,240 messages/s")


def test_one_message_a_second_is_one_message(make_screen):
    screen = make_screen(80, 24, [])
    screen.snapshot = Snapshot(0, 0, 20, ())
    screen.now += 10
    screen.view.show([])
    assert screen.rows()[0].endswith(" 1 message/s")


def test_the_first_screen_comes_back_with_the_last_lines(make_screen):
    screen = make_screen(80, 24, [])
    screen.view.show([line("Server stopped", "stopped")])
    screen.view.close()
    after = screen.stream.getvalue().rpartition("\x1b[?1049l")[2]
    assert "\x1b[?25h" in screen.stream.getvalue()
    assert "Server stopped" in after


def test_columns_that_do_not_fit_go_by_their_rank():
    titles = [column.title for column in COLUMNS]

    def shown(room: int) -> list[str]:
        widths = fit([10, 30, 4, 15, 13], room)
        assert sum(widths) + 2 * (len([width for width in widths if width]) - 1) <= room
        return [title for title, width in zip(titles, widths, strict=True) if width]

    assert shown(60) == ["nick", "rooms", "idle", "address", "client"]
    assert shown(36) == ["nick", "rooms", "idle", "address"]
    assert shown(31) == ["nick", "rooms", "idle"]
    assert shown(20) == ["nick", "idle"]
    assert shown(9) == ["nick"]


def test_a_snapshot_holds_the_most_recently_active_by_name():
    class Link:
        def put(self, data: bytes) -> None: ...
        def close(self) -> None: ...

    ircd = Ircd(Config(), Moment(NOON, 0.0))
    for second, nick in enumerate(["dora", "Carl", "bea", "Adam"]):
        now = Moment(NOON, float(second))
        ircd.receive(ircd.connect(Link(), "127.0.0.1", now), [b"NICK " + nick.encode(), b"USER u 0 * r"], now)
    found = overview.snapshot(ircd, Moment(NOON, 10.0), 2)
    assert (found.users, found.rooms) == (4, 1)
    assert [(row.nick, row.idle) for row in found.shown] == [("Adam", 7), ("bea", 8)]


# With a real server


@pytest.mark.smoke
def test_a_real_server_tells_its_console(tmp_path):
    out, err = Stream(), Stream()
    console = Console(Log("plain"), out, err)
    server = Server(load_config(None, {}, {"port": 0, "data": str(tmp_path)}), console)
    server.start()
    console.start(server)
    with RawClient(server.port) as bob:
        bob.register("Bob")
        bob.send("PRIVMSG #lobby :Hello everyone!", "PRIVMSG Bob :a secret", "QUIT :bye")
        bob.rest()
    out.wait_for("User left")
    console.stopping()
    server.stop()
    console.stop()
    assert out.getvalue().splitlines() == [
        f"Server started on IP 127.0.0.1 and port {server.port}",
        "Waiting for connections...",
        "New connection: 127.0.0.1",
        "User joined: Bob",
        "Message from Bob: Hello everyone!",
        "User left: Bob (Quit: bye)",
        "Server stopping...",
        "Server stopped",
    ]


def test_a_terminal_shows_the_live_view_and_gets_its_screen_back(tmp_path, needs):
    needs("tmux")
    command = [sys.executable, "-m", "chatkit", "serve", "--port", "0", "--data", str(tmp_path / "data")]
    shell = ["sh", "-c", f"trap : INT; {' '.join(command)}; echo status $?; cat"]
    terminal = Terminal(f"console-{os.getpid()}", shell, 80, 24)
    try:
        screen = terminal.wait_for("Waiting for connections...")
        port = int(screen.split("and port ")[1].split()[0])
        with RawClient(port) as alice:
            alice.register("Alice")
            alice.send("PRIVMSG #lobby :Hello everyone!")
            screen = terminal.wait_for("1 user · 1 room")
            assert "│ Alice  #lobby  0s" in screen
            terminal.wait_for("Message from Alice: Hello everyone!")
        terminal.type("C-c")
        screen = terminal.wait_for("status 130")
        assert "Server stopped" in screen
        assert "│" not in screen
    finally:
        terminal.close()
