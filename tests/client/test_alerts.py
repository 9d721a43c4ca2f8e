"""Who is told of what: mentions and direct messages, do-not-disturb, settings of a room."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest

from chatkit.client import notice
from chatkit.client.alerts import Alert, Alerts
from chatkit.client.model import Chat, Line, Room, RoomKind
from chatkit.client.settings import AlertSettings, ClientSettings
from chatkit.proto.styles import Span, Style

NOON = 12 * 60


class Ear:
    """A room that the user doesn't look at, and what is told of it."""

    def __init__(self, kind: RoomKind = "channel", **settings: Any) -> None:
        self.chat = Chat("Alice", Room(0, "net", "server"))
        self.room = Room(1, "Bob" if kind == "direct" else "#room", kind, self.chat)
        self.chat.rooms.append(self.room)
        self.settings = ClientSettings(alerts=AlertSettings(**settings))
        self.alerts = Alerts()
        self.now, self.now_ms, self.minute = 100.0, 1_000_000, NOON

    def hears(self, *lines: Line) -> Alert | None:
        return self.alerts.consider(
            self.room, lines, settings=self.settings, now=self.now, now_ms=self.now_ms, minute_of_day=self.minute
        )


def said(text: str = "hi", **fields: Any) -> Line:
    return Line(**{"id": 7, "kind": "message", "room": "#room", "nick": "Bob", "text": text, "time_ms": 0, **fields})


def test_a_mention_is_told() -> None:
    ear = Ear()
    assert ear.hears(said("Alice: hi", highlight=True)) == Alert(ear.room, 7, "Bob in #room", "Alice: hi", "mention")


def test_a_direct_message_is_told() -> None:
    ear = Ear("direct")
    assert ear.hears(said("hi", highlight=True)) == Alert(ear.room, 7, "Bob", "hi", "direct")


@pytest.mark.parametrize(
    "line",
    [
        said("just talk"),
        said("my own", highlight=True, mine=True),
        said("", highlight=True, redacted="Bob deleted this"),
        said("Bob joined", kind="join", highlight=True),
    ],
)
def test_other_lines_are_not_told(line: Line) -> None:
    assert Ear().hears(line) is None


def test_a_room_may_tell_everything_or_nothing() -> None:
    ear = Ear()
    ear.room.alerts = "all"
    alert = ear.hears(said("just talk"))
    assert alert is not None
    assert alert.kind == "message"
    ear.room.alerts = "none"
    assert ear.hears(said("Alice!", highlight=True)) is None


def test_what_is_in_sight_is_not_told() -> None:
    ear = Ear()
    ear.chat.focus = ear.room
    assert ear.hears(said("Alice!", highlight=True)) is None
    ear.chat.watched = False
    assert ear.hears(said("Alice!", highlight=True)) is not None


def test_a_busy_room_tells_once_in_three_seconds_and_says_how_much_more_there_was() -> None:
    ear = Ear()
    assert ear.hears(said("one", highlight=True)) is not None
    ear.now += 2.9
    assert ear.hears(said("two", highlight=True), said("three", highlight=True)) is None
    ear.now += 0.2
    alert = ear.hears(said("four", highlight=True))
    assert alert is not None
    assert alert.body == "four (and 2 more)"


def test_several_at_once_are_one() -> None:
    alert = Ear().hears(said("one", highlight=True, id=1), said("two", highlight=True, id=2))
    assert alert is not None
    assert (alert.body, alert.line_id) == ("two (and 1 more)", 2)


def test_do_not_disturb_until_a_time() -> None:
    ear = Ear(until=1_000_001)
    assert ear.hears(said("Alice!", highlight=True)) is None
    ear.now_ms += 1
    assert ear.hears(said("Alice!", highlight=True)) is not None


@pytest.mark.parametrize(
    ("start", "end", "time", "quiet"),
    [
        ("22:00", "07:00", 23 * 60, True),
        ("22:00", "07:00", 6 * 60 + 59, True),
        ("22:00", "07:00", 7 * 60, False),
        ("22:00", "07:00", NOON, False),
        ("12:00", "13:30", NOON, True),
        ("12:00", "13:30", 13 * 60 + 30, False),
        ("", "07:00", 0, False),
        ("22:00", "", 23 * 60, False),
    ],
)
def test_quiet_hours(start: str, end: str, time: int, quiet: bool) -> None:
    ear = Ear(quiet_from=start, quiet_to=end)
    ear.minute = time
    assert (ear.hears(said("Alice!", highlight=True)) is None) is quiet


def test_who_wants_neither_a_notice_nor_a_bell_is_told_nothing() -> None:
    assert Ear(desktop=False, bell=False).hears(said("Alice!", highlight=True)) is None


def test_a_notice_is_one_line_and_keeps_spoilers() -> None:
    secret = said("it was\nBob", highlight=True, spans=(Span(7, 10, Style(spoiler=True)),))
    alert = Ear().hears(secret)
    assert alert is not None
    assert alert.body == "it was ▒▒▒"
    long = Ear().hears(said("x" * 500, highlight=True))
    assert long is not None
    assert len(long.body) == 200


# The desktop's notice.


def alert_of(title: str = "Bob", body: str = "hi") -> Alert:
    return Alert(Ear().room, 7, title, body, "direct")


def test_words_are_arguments_and_not_a_script() -> None:
    alert = alert_of('--help" & do shell script "x', "<b>$(reboot)</b> `x`")
    linux = notice.command_for(alert, "linux", {"DISPLAY": ":0"})
    assert linux[:3] == ["notify-send", "--app-name=chatkit", "--"]
    assert linux[3:] == [alert.title, "&lt;b&gt;$(reboot)&lt;/b&gt; `x`"]
    mac = notice.command_for(alert, "darwin", {})
    assert mac[-2:] == [f" {alert.title}", alert.body]
    assert not any(alert.body in part or "reboot" in part for part in mac[:-1])


def test_without_a_desktop_nothing_is_started() -> None:
    assert notice.command_for(alert_of(), "linux", {}) == []
    assert notice.command_for(alert_of(), "win32", {"DISPLAY": ":0"}) == []


def test_a_program_that_is_missing_or_broken_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_how: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(notice.sys, "platform", "linux")
    monkeypatch.setattr(notice.shutil, "which", lambda name: None)
    notice.send(alert_of())
    monkeypatch.setattr(notice.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "Popen", broken)
    notice.send(alert_of())


def test_a_desktop_that_hangs_gets_only_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[object] = []

    class Hanging:
        def __init__(self, *args: object, **_how: object) -> None:
            started.append(args)

        def poll(self) -> None:
            return None

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(notice.sys, "platform", "linux")
    monkeypatch.setattr(notice.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "Popen", Hanging)
    monkeypatch.setattr(notice, "_running", [])
    for _ in range(50):
        notice.send(alert_of())
    assert len(started) == notice.MAX_RUNNING
