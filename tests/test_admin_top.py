"""``chatkit admin top``: the picture, and the keys that leave it."""

from __future__ import annotations

import os
import pty
import re
import tty

import pytest
from rich.console import Console

from chatkit.admin.top import LEAVE, Keys, draw

STATS = {
    "version": "1.0",
    "uptime": 3723,
    "users": 1200,
    "sessions": 1300,
    "peak": 1500,
    "rooms": 40,
    "messages": 5000,
    "messages_per_second": 2.5,
    "connections": 1301,
    "throttled": 3,
    "queued": 3 << 20,
    "memory": 100 << 20,
    "threads": 6,
    "descriptors": 1320,
    "lockdown": "",
    "why": [],
}


def look(at: float = 1.0, slow: tuple[dict[str, object], ...] = (), **stats: object) -> dict[str, object]:
    return {"stats": {**STATS, **stats}, "slow": list(slow), "at": at}


def picture(now, before=None, height: int = 24) -> str:
    console = Console(width=80, height=height, force_terminal=True, color_system="standard", legacy_windows=False)
    with console.capture() as capture:
        console.print(draw(now, before, "/srv/chat", (80, height)))
    return capture.get()


def plain(shown: str) -> str:
    return re.sub(r"\x1b\[[\d;]*m", "", shown)


def test_it_shows_clients_queues_threads_and_memory():
    shown = picture(look())
    for words in ("chatkit 1.0", "/srv/chat", "01:02:03", "1,300 of 1,200 users", "3.0 MiB wait", "100.0 MiB", "1,320"):
        assert words in shown


def test_messages_are_counted_since_the_last_look_and_over_a_minute():
    assert plain(picture(look())).count(" 2/s (2.5/s over a minute)") == 1
    assert "50/s (2.5/s over a minute)" in picture(look(3.0, messages=5100), look(1.0))


def test_a_server_that_was_started_anew_sends_no_messages_backwards():
    assert " 0/s" in plain(picture(look(2.0, messages=3), look(1.0)))


def test_slow_clients_are_red_the_slowest_first():
    slow = ({"name": "snail", "queued": 2 << 20}, {"name": "tortoise", "queued": 4000})
    lines = picture(look(slow=slow)).splitlines()
    (snail,) = [line for line in lines if "snail" in line]
    assert "\x1b[1;31m" in snail
    assert "2.0 MiB" in snail
    assert "\x1b[31m" in next(line for line in lines if "tortoise" in line)
    assert "No client is slow." in picture(look())


def test_a_lockdown_stands_above_with_its_whole_reason():
    shown = plain(
        picture(look(lockdown="This server lets nobody new in at the moment: " + "a raid " * 12 + "(until noon)"))
    )
    assert "nobody new" in shown.splitlines()[1]
    assert "(until noon)" in shown.splitlines()[2]


def test_what_is_wrong_stands_above():
    assert "it cannot store" in picture(look(why=["it cannot store messages"]))


def test_no_more_slow_clients_than_the_screen_has_lines_for():
    slow = tuple({"name": f"client{number}", "queued": 9000} for number in range(20))
    assert len(picture(look(slow=slow), height=16).splitlines()) <= 16


@pytest.mark.parametrize("key", LEAVE)
def test_keys_are_seen_at_once(key):
    master, terminal = pty.openpty()
    try:
        tty.setcbreak(terminal)
        os.write(master, key)
        assert Keys(terminal).pressed(10.0) == key
        assert Keys(terminal).pressed(0.0) == b""
    finally:
        os.close(master)
        os.close(terminal)
