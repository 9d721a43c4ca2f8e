"""All three faces against a server that means harm: nothing of it reaches the terminal, and they go on."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.hostile import BIDI, END, EVIL, ROOM, HostileServer
from tests.processes import chatkit
from tests.pty_screen import Screen

PATIENCE = 45.0  # seconds for all of it
JOIN = ("--nick", "Alice", "--channel", ROOM)

OSC = re.compile(rb"\x1b\](\d*);?([^\x07\x1b]*)(?:\x07|\x1b\\)")
MANY_BELLS = 30  # of thousands of mentions
HARMLESS_OSC = {b"8", b"9", b"22", b"777"}  # links, notices, the pointer's shape
LINK = re.compile(rb"^[^;]*;((https?|ircs?)://[!-~]*)?$")


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as server:
        yield server


def address(server: HostileServer) -> str:
    return f"irc://127.0.0.1:{server.port}"


def unprintable(text: str) -> set[str]:
    """What no terminal should be sent as text."""
    return {char for char in text if (not char.isprintable() and char not in "\n \u200d\u3000\xa0") or char in BIDI}


@pytest.mark.timeout(120)
def test_plain_lines_stay_plain(server):
    program = chatkit("join", address(server), "--plain", *JOIN, text=False, env={"PYTHONUNBUFFERED": "1"})
    assert program.stdin is not None
    lines: list[bytes] = []
    reader = threading.Thread(target=lambda: lines.extend(program.stdout or ()))
    reader.start()
    try:
        assert server.survived.wait(PATIENCE)
        assert server.came_back.wait(PATIENCE)
        program.stdin.write(b"/quit\n")
        program.stdin.close()
        program.wait(PATIENCE)
    finally:
        program.kill()
        program.wait()
        reader.join()
    text = b"".join(lines).decode()
    assert END in text
    assert unprintable(text) == set()
    assert program.stderr is not None
    assert "Traceback" not in program.stderr.read().decode()


@pytest.mark.timeout(120)
def test_the_terminal_is_told_nothing_but_what_the_program_means(server):
    with Screen([sys.executable, "-m", "chatkit", "join", address(server), "--tui", *JOIN]) as screen:
        screen.until(server.survived.is_set, PATIENCE)
        screen.until(server.came_back.is_set, PATIENCE)
        screen.until(lambda: END in screen.text(), PATIENCE)
        screen.press("ö")
        screen.until(lambda: "ö" in screen.text(), PATIENCE)
        drawn = screen.drawn
    for number, rest in OSC.findall(drawn):
        assert number in HARMLESS_OSC, (number, rest)
        assert number != b"8" or LINK.match(rest), rest
    assert not re.search(rb"\x1b\][^\x07\x1b]*" + EVIL.encode(), drawn)
    assert b"\x1bc" not in drawn
    assert drawn.count(b"\x07") < MANY_BELLS
    assert unprintable(screen.text()) <= {"\x07"}, "the bell is its own: for a mention"


@pytest.mark.timeout(120)
def test_the_window_lives_on(server, xvfb, needs):
    program = chatkit("join", address(server), "--gui", *JOIN, stdout=subprocess.DEVNULL)
    try:
        assert server.survived.wait(PATIENCE)
        assert server.came_back.wait(PATIENCE)
        names = subprocess.run(
            [needs("xdotool"), "search", "--onlyvisible", "--name", ".", "getwindowname", "%@"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert ROOM in names
        assert unprintable(names) == set()
        program.terminate()
        _out, errors = program.communicate(timeout=PATIENCE)
    finally:
        program.kill()
        program.wait()
    assert "Traceback" not in errors
    assert program.returncode == 0
