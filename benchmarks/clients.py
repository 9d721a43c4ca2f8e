"""How quick the clients are: from the start to a prompt, from a key to the screen, through a long room.

The terminal client runs in a pseudo-terminal, against a server of its own, and is judged by what it writes there: a key
counts as answered when its glyph has come. The desktop client runs under Xvfb and keeps a watch on its own event loop.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import random
import re
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.generator import BenchError
from benchmarks.history import fill
from benchmarks.running import ROOT, running
from benchmarks.servers import CHATKIT
from benchmarks.workloads import NO_LOBBY

if TYPE_CHECKING:
    import tkinter

STARTS = 5  # times that the terminal client is started
KEYS = 60  # that are pressed for one figure
RATES = (0, 200, 1_000)  # messages a second meanwhile
LINES = 100_000  # of the room that is scrolled through
BURST = 10_000  # lines that come at once to the desktop client
BURST_PIECE = 500  # of them in one send
LAST = "the last of them"
SMALL, LARGE = (80, 24), (160, 48)  # columns, rows
PATIENCE = 20.0  # seconds without an answer after which nothing can be measured
SCROLLING = 90.0  # seconds of scrolling at most
PAUSES = (0.06, 0.14)  # seconds between two keys, by chance: not in step with the frames
TRY_AGAIN = 0.02  # seconds between two keys to a program that may not listen yet
TICK = 0.01  # seconds between two pieces of what is said at a rate
SETTLED = 2.0  # seconds after which a client has drawn all that it begins with
GOODBYE = 10.0  # seconds
OTHERS_SETTINGS = ("CHATKIT_", "NO_COLOR", "PYTHONDONTWRITEBYTECODE")
WIDTH = 110  # of the table, at least

# No message has these, so that each is known by its own.
GLYPHS = "āăąćĉċčďēĕėęěĝğġģĥĩīĭįĵķĺļľńņňōŏőŕŗřśŝşšţťũūŭůűųŵŷźżž"
PAGE_UP, END, BACKSPACE = b"\x1b[5~", b"\x1b[1;5F", b"\x7f"
ESCAPES = re.compile(rb"\x1b\[[0-9;:?<>=$]*[@-~]|\x1b[\]P_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.")
NUMBER = re.compile(rb"message (\d+) x")


class Figure(msgspec.Struct, frozen=True):
    """One line of the table. The delays are in seconds."""

    name: str
    delays: tuple[float, ...]
    goal: float | None = None  # that the 99th percentile has to keep
    note: str = ""


class Screen:
    """A program in a pseudo-terminal: keys in, what it draws out."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], size: tuple[int, int]) -> None:
        self._fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=ROOT, start_new_session=True
        )
        os.close(slave)
        self._drawn = b""

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        end = threading.Timer(GOODBYE, self._process.kill)
        end.start()
        with contextlib.suppress(OSError):  # the program has closed its side
            while os.read(self._fd, 65536):
                pass
        self._process.wait()
        end.cancel()
        os.close(self._fd)

    def press(self, key: bytes) -> float:
        """Type ``key``, and look from here on. Returns when."""
        self.read(0)
        self._drawn = b""
        os.write(self._fd, key)
        return time.perf_counter()

    def read(self, seconds: float) -> bool:
        """Take what is drawn until then; returns at the first of it where ``seconds`` isn't 0."""
        while select.select([self._fd], [], [], seconds)[0]:
            try:
                self._drawn += os.read(self._fd, 65536)
            except OSError as error:
                raise BenchError(f"the client has ended; it said:\n{self.text()[-400:].decode()}") from error
            if seconds:
                return True
        return False

    def text(self) -> bytes:
        """What was drawn since the last key, without its colours and places."""
        return ESCAPES.sub(b"", self._drawn)

    def until(self, done: Callable[[bytes], object], patience: float = PATIENCE) -> float:
        """Wait until what was drawn since the last key is ``done``. Returns when it was."""
        deadline = time.perf_counter() + patience
        while not done(self.text()):
            if time.perf_counter() > deadline:
                raise BenchError(f"the client does not answer; it drew:\n{self.text()[-400:].decode(errors='replace')}")
            self.read(0.05)
        return time.perf_counter()

    def rest(self, seconds: float) -> None:
        """Let time pass."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            self.read(left)

    @property
    def raw(self) -> bool:
        """Whether the program has taken the keyboard over."""
        return not termios.tcgetattr(self._fd)[3] & termios.ECHO

    def prompt(self) -> float:
        """The seconds from the start until a typed key shows: the first of some, as early ones may be lost."""
        glyphs = iter(GLYPHS * 20)
        seen: set[bytes] = set()
        while not any(glyph in self.text() for glyph in seen):
            if time.perf_counter() > self.started + PATIENCE:
                raise BenchError("the client never came to a prompt")
            if self.raw:
                seen.add(glyph := next(glyphs).encode())
                os.write(self._fd, glyph)
            self.read(TRY_AGAIN)
        return time.perf_counter() - self.started


class Talker:
    """Says ``rate`` messages a second in a room, from a thread, until the end of the ``with``."""

    def __init__(self, port: int, room: str, rate: int) -> None:
        self._sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._sock.sendall(f"NICK talker\r\nUSER talker 0 * :talker\r\nJOIN {room}\r\nPING in\r\n".encode())
        self._said = b""
        while b"PONG" not in self._said:
            self._said += self._sock.recv(65536)
        self._room, self._rate = room, rate
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._talk)

    def __enter__(self) -> Talker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._sock.close()

    def burst(self, count: int) -> None:
        """Say ``count`` lines as fast as they are taken, and LAST."""
        for first in range(0, count - 1, BURST_PIECE):
            self.say(range(first, min(first + BURST_PIECE, count - 1)))
        self._sock.sendall(f"PRIVMSG {self._room} :{LAST}\r\n".encode())

    def say(self, numbers: range) -> None:
        """Say one line for each number."""
        self._sock.sendall("".join(f"PRIVMSG {self._room} :said {number}\r\n" for number in numbers).encode())

    def _talk(self) -> None:
        said, began = 0, time.perf_counter()
        while self._rate and not self._over.wait(TICK):
            due = int((time.perf_counter() - began) * self._rate)
            self.say(range(said, due))
            said = due


def terminal(port: int, home: Path, size: tuple[int, int], *options: str) -> Screen:
    """The terminal client, started now."""
    command = [sys.executable, "-m", "chatkit", "join", f"127.0.0.1:{port}", "--tui", "--nick", "reader", *options]
    return Screen(command, {**_clean(home), "TERM": "xterm-256color", "COLORTERM": "truecolor"}, size)


def starts(home: Path) -> Iterator[Figure]:
    """From the command to a prompt that takes keys."""
    with running(CHATKIT, home / "server") as server:
        with terminal(server.port, home, SMALL) as screen:  # the first compiles what changed
            screen.prompt()
        delays = []
        for _ in range(STARTS):
            with terminal(server.port, home, SMALL) as screen:
                delays.append(screen.prompt())
        yield Figure("terminal: start to a prompt", tuple(delays), goal=1.0, note=f"{STARTS} starts")


def keys(home: Path) -> Iterator[Figure]:
    """From a key to its glyph, while the room is busy."""
    for rate in RATES:
        for size in (SMALL, LARGE):
            with running(CHATKIT, home / "server") as server, terminal(server.port, home, size) as screen:
                screen.prompt()
                screen.until(partial(_shows, b"reader"))  # who is in the room
                with Talker(server.port, "#lobby", rate):
                    screen.rest(SETTLED)
                    delays = tuple(type_keys(screen))
            yield Figure(f"terminal: key to screen, {rate:,} messages/s", delays, 0.05, f"{size[0]}×{size[1]}")


def type_keys(screen: Screen) -> Iterator[float]:
    """The delays of some keys."""
    for index in range(KEYS):
        glyph = GLYPHS[index % len(GLYPHS)].encode()
        pressed = screen.press(glyph)
        yield screen.until(partial(_shows, glyph)) - pressed
        screen.press(BACKSPACE)
        screen.rest(random.uniform(*PAUSES))  # noqa: S311  # no secret


def scrolling(home: Path) -> Iterator[Figure]:
    """Page Up through a long room, its history coming from the server; then typing in it while it is busy."""
    newest = f"message {LINES - 1} x".encode()
    with (
        running(CHATKIT, home / "server", NO_LOBBY, partial(fill, count=LINES)) as server,
        terminal(server.port, home, LARGE, "--channel", "#bench0") as screen,
    ):
        screen.until(partial(_shows, newest))
        screen.rest(SETTLED)
        delays, top = page_up(screen)
        yield Figure("terminal: Page Up, history loading", tuple(delays), 0.1, f"{LINES - top:,} lines")
        pressed = screen.press(END)
        yield Figure("terminal: back to the newest", (screen.until(partial(_shows, newest)) - pressed,), 0.1)
        with Talker(server.port, "#bench0", RATES[-1]):
            screen.rest(SETTLED)
            note = f"a room of {LINES - top:,} lines"
            yield Figure(f"terminal: key to screen, {RATES[-1]:,} messages/s", tuple(type_keys(screen)), 0.05, note)


def _shows(word: bytes, text: bytes) -> bool:
    return word in text


def page_up(screen: Screen) -> tuple[list[float], int]:
    """Scroll to the oldest line, or for SCROLLING seconds. Returns the delays, and the number of the top line."""
    delays: list[float] = []
    top, end = LINES, time.perf_counter() + SCROLLING
    while top > 0 and time.perf_counter() < end:
        pressed = screen.press(PAGE_UP)
        delays.append(screen.until(partial(_above, top)) - pressed)
        screen.read(0)
        top = min(map(int, NUMBER.findall(screen.text())))
    return delays, top


def _above(top: int, text: bytes) -> bool:
    return any(int(number) < top for number in NUMBER.findall(text))


def desktop(home: Path) -> Iterator[Figure]:
    """How long the window is busy with itself while many lines come at once."""
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        return
    with running(CHATKIT, home / "server") as server, display(xvfb) as name:
        delays = []
        for number in range(STARTS):
            beats = home / f"beats{number}"
            began = time.perf_counter()
            with window(server.port, home, name, beats) as program:
                delays.append(_watched(beats, program, lambda seen: seen.opened).opened - began)
        yield Figure("desktop: start to the window", tuple(delays[1:]), 1.5, f"{STARTS - 1} starts")  # one compiles
        beats = home / "beats"
        with window(server.port, home, name, beats) as program, Talker(server.port, "#lobby", 0) as talker:
            _watched(beats, program, lambda seen: seen.opened)
            time.sleep(SETTLED)
            said = time.perf_counter()
            talker.burst(BURST)
            seen = _watched(beats, program, lambda seen: seen.shown)
            worst = max(length for when, length in seen.pauses if when > said)
        yield Figure(f"desktop: {BURST:,} lines shown", (seen.shown - said,))
        yield Figure("desktop: longest pause meanwhile", (worst,), 0.05, "of its event loop")


@contextlib.contextmanager
def window(port: int, home: Path, screen: str, beats: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The desktop client on ``screen``; what is seen of it is in ``beats``."""
    command = [sys.executable, "-m", "benchmarks.clients", str(beats), LAST]
    command += ["join", f"127.0.0.1:{port}", "--gui", "--nick", "reader"]
    program = subprocess.Popen(command, env={**_clean(home), "DISPLAY": screen}, cwd=ROOT)
    with ended(program):
        yield program


def _watched(path: Path, program: subprocess.Popen[bytes], enough: Callable[[Seen], float]) -> Seen:
    deadline = time.perf_counter() + 3 * PATIENCE
    while time.perf_counter() < deadline and program.poll() is None:
        with contextlib.suppress(OSError, msgspec.DecodeError):  # not there yet, or half written
            seen = msgspec.json.decode(path.read_bytes(), type=Seen)
            if enough(seen):
                return seen
        time.sleep(0.05)
    raise BenchError("the desktop client does not show what came")


@contextlib.contextmanager
def ended(program: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End ``program``, whatever happens meanwhile."""
    try:
        yield program
    finally:
        program.terminate()
        try:
            program.wait(GOODBYE)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


@contextlib.contextmanager
def display(program: str) -> Iterator[str]:
    """A screen of our own."""
    reader, writer = os.pipe()
    command = [program, "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]
    with ended(subprocess.Popen(command, pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)):
        os.close(writer)
        with open(reader) as answer:
            yield f":{answer.readline().strip()}"


def _clean(home: Path) -> dict[str, str]:
    # Nobody's own settings, or the figures would be of those; and compiled once, as for every user.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS_SETTINGS)}
    own = {f"XDG_{name}_HOME": str(home) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    return {**kept, **own, "PYTHONPYCACHEPREFIX": str(home / "compiled")}


WORKLOADS = (starts, keys, scrolling, desktop)


def run(only: str) -> None:
    """Measure the workloads with ``only`` in their names, and print one table. Raises BenchError."""
    console = Console(width=max(WIDTH, Console().width), highlight=False)
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("", "p50", "p99", "worst", "goal", ""):
        table.add_column(name, justify="right" if name else "left")
    for workload in WORKLOADS:
        if only in workload.__name__:
            console.print(f"{workload.__name__}: {workload.__doc__}", style="dim")
            with tempfile.TemporaryDirectory() as directory:
                for figure in workload(Path(directory)):
                    table.add_row(*cells(figure))
    console.print(table)


def cells(figure: Figure) -> list[str]:
    """A figure as the table shows it."""
    delays = sorted(figure.delays)
    p99 = delays[min(len(delays) - 1, int(len(delays) * 0.99))]
    goal = "" if figure.goal is None else f"{'✓' if p99 <= figure.goal else '✗'} {_ms(figure.goal)}"
    return [figure.name, _ms(median(delays)), _ms(p99), _ms(delays[-1]), goal, figure.note]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.3g} ms" if seconds < 1 else f"{seconds:.2f} s"


# The desktop client, watched from within: ``python -m benchmarks.clients FILE LAST join …``.


class Seen(msgspec.Struct):
    """What a Watch saw; times are of the machine's clock, so that they mean something to other processes."""

    opened: float = 0.0  # when the window was there
    shown: float = 0.0  # when LAST was
    pauses: list[tuple[float, float]] = []  # when a beat came, and how late


class Watch:
    """Beats in Tk's event loop, and notes how late each beat comes: as late would any key have been handled."""

    BEAT_MS = 5
    LOOK = 0.1  # seconds between two looks at the text

    def __init__(self, path: Path, last: str) -> None:
        self._path, self._last = path, last
        self._seen = Seen(pauses=[])
        self._beaten = self._looked = 0.0

    def install(self) -> None:
        """Begin with the event loop of whichever window comes."""
        import tkinter

        loop = tkinter.Misc.mainloop

        def beating(root: tkinter.Misc, n: int = 0) -> None:
            root.after_idle(self._begin, root)
            loop(root, n)

        tkinter.Misc.mainloop = beating  # type: ignore  # so it asks nothing of the program

    def _begin(self, root: tkinter.Misc) -> None:
        self._seen.opened = self._beaten = time.perf_counter()
        self._write()
        self._beat(root)

    def _beat(self, root: tkinter.Misc) -> None:
        now = time.perf_counter()
        self._seen.pauses.append((now, now - self._beaten - self.BEAT_MS / 1000))
        if now > self._looked + self.LOOK:
            self._looked = now
            if self._shows_last(root):
                self._seen.shown = now
                self._write()
                return
        self._beaten = time.perf_counter()
        root.after(self.BEAT_MS, self._beat, root)

    def _shows_last(self, widget: tkinter.Misc) -> bool:
        if widget.winfo_class() == "Text" and self._last in widget.tk.call(widget, "get", "end-4l", "end"):
            return True
        return any(map(self._shows_last, widget.winfo_children()))

    def _write(self) -> None:
        self._path.write_bytes(msgspec.json.encode(self._seen))


def _run_watched() -> None:
    path, last, *words = sys.argv[1:]
    Watch(Path(path), last).install()
    sys.argv[1:] = words
    from chatkit.cli import main

    main()


if __name__ == "__main__":
    _run_watched()
