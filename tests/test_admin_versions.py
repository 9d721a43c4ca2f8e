"""``chatkit admin`` and a server of another version: what is there is shown, and that they differ is said once."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import Any

import pytest
from click.testing import CliRunner
from rich.console import Console as Screen

from chatkit import __version__
from chatkit.admin import console as consoles
from chatkit.admin.console import Console
from chatkit.admin.doing import Here
from chatkit.admin.top import draw
from chatkit.admin.versions import explained
from chatkit.cli import cli
from chatkit.control.shows import FACTS, TABLES, lay_out
from chatkit.net.listener import listen_unix
from chatkit.premises import CONTROL_NAME

OLD_STATS = {"version": "0.0.9", "uptime": 5, "users": 1, "rooms": 2, "messages": 7}
OLD_ROOM = {"name": "#lobby", "users": 1, "modes": "nt", "topic": ""}
OLD_LINE = {"time": 1_700_000_000_000_000, "text": "User joined: Alice"}
OLDER = f"chatkit: the server (0.0.9) is older than this command ({__version__})"


@pytest.fixture
def directory(tmp_path):
    return tmp_path


@pytest.fixture
def old_server(directory):
    """A server that answers with what it is given, by method, and knows no other method."""
    listener = listen_unix(directory / CONTROL_NAME)
    listener.setblocking(True)
    answers: dict[str, Any] = {"stats": OLD_STATS}

    def answer(line: str) -> dict[str, Any]:
        method = json.loads(line)["method"]
        if method in answers:
            return {"jsonrpc": "2.0", "id": 1, "result": answers[method]}
        return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "Method not found"}}

    def serve() -> None:
        with contextlib.suppress(OSError):  # it is over
            while True:
                sock, _ = listener.accept()
                with sock, sock.makefile("rw", encoding="utf-8") as file:
                    for line in file:
                        print(json.dumps(answer(line)), file=file, flush=True)

    thread = threading.Thread(target=serve)
    thread.start()
    yield answers
    listener.shutdown(2)
    listener.close()
    thread.join()


@pytest.fixture
def here(directory):
    here = Here(data=str(directory))
    yield here
    here.close()


@pytest.fixture
def admin(directory):
    def run(*words: str):
        return CliRunner().invoke(cli, ["admin", "--data", str(directory), *words], prog_name="chatkit")

    return run


# Whatever is missing of an answer.

LOOKS = [(f"table:{name}", columns) for name, (columns, _) in TABLES.items()]
LOOKS += [(f"facts:{name}", columns) for name, columns in FACTS.items()]


@pytest.mark.parametrize(("shows", "columns"), LOOKS, ids=[shows for shows, _ in LOOKS])
def test_whatever_is_missing_of_an_answer_is_left_out_and_named(shows, columns):
    text = next(column for column in columns if column.form("x") == "x")
    row = {text.key: "x"}
    sheet = lay_out(shows, row if shows.startswith("facts") else [row, row])
    assert sheet.lacking == tuple(column.title for column in columns if column != text)
    assert set(sheet.rows) == {(text.title, "x") if shows.startswith("facts") else ("x",)}


def test_an_empty_table_lacks_nothing():
    assert lay_out("table:rooms", []).lacking == ()


# What is said of it.


def test_the_same_version_is_nothing_to_talk_about():
    assert explained(__version__) == explained("") == ""


@pytest.mark.parametrize(
    ("theirs", "lacking", "said"),
    [
        ("0.0.9", (), "the server (0.0.9) is older than this command (0.1.0)"),
        ("0.10", ("State",), "the server (0.10) is newer than this command (0.1.0); it does not tell: State"),
        (
            "0.1.0",
            ("A", "B"),
            "the server (0.1.0) is of another make than this command (0.1.0); it does not tell: A, B",
        ),
        ("", ("A",), "the server is of another make than this command (0.1.0); it does not tell: A"),
        ("mine", (), "the server (mine) is of another make than this command (0.1.0)"),
    ],
)
def test_what_is_said_of_another_version(monkeypatch, theirs, lacking, said):
    monkeypatch.setattr("chatkit.admin.versions.__version__", "0.1.0")
    assert explained(theirs, lacking) == said


# At a command line.


def test_a_table_of_an_older_server_is_shown_without_what_it_does_not_tell(admin, old_server):
    old_server["rooms"] = [OLD_ROOM]
    result = admin("rooms")
    assert (result.exit_code, result.exception) == (0, None)
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["ROOM", "USERS", "MODES", "TOPIC"],
        ["#lobby", "1", "+nt", "-"],
    ]
    assert result.stderr == f"{OLDER}; it does not tell: State\n"


def test_json_is_what_came_and_nothing_is_said_of_it(admin, old_server):
    old_server["rooms"] = [OLD_ROOM]
    result = admin("rooms", "--json")
    assert (json.loads(result.stdout), result.stderr) == ([OLD_ROOM], "")


def test_a_token_that_may_not_ask_for_the_version_is_told_so_far(admin, old_server):
    del old_server["stats"]
    old_server["rooms"] = [OLD_ROOM]
    assert "is of another make than this command" in admin("rooms").stderr


def test_a_command_that_the_server_does_not_know_is_named(admin, old_server):
    result = admin("room", "close", "#lobby")
    assert (result.exit_code, result.stderr) == (1, f"chatkit: the server has no command 'room close'\n{OLDER}\n")


@pytest.mark.parametrize("answer", [{"said": "Banned bob"}, {"said": "Banned bob", "id": 3}, {"said": "x", "id": 0}])
def test_what_was_done_is_said_however_little_the_server_tells_of_it(admin, old_server, answer):
    old_server["ban"] = answer
    result = admin("ban", "bob")
    assert (result.exit_code, result.stderr) == (0, "")
    assert answer["said"] in result.stdout


def test_the_log_of_an_older_server_is_shown(admin, old_server):
    old_server["log"] = {"lines": [OLD_LINE], "cursor": 1}
    assert "User joined: Alice" in admin("log").stdout


def test_top_of_an_older_server_is_one_look(admin, old_server):
    old_server["top"] = {"stats": OLD_STATS, "slow": []}
    result = admin("top")
    assert (result.exit_code, result.exception) == (0, None)
    assert "Users" in result.stdout
    assert result.stderr.startswith(OLDER)
    assert result.stderr.count("\n") == 1


def test_doctor_looks_at_an_older_server_too(admin, old_server):
    old_server["stats"] = {**OLD_STATS, "connections": 3}
    result = admin("doctor")
    assert "The server runs and is well" in result.stdout


# On a screen that stays.


def test_the_screen_of_top_says_above_what_an_older_server_does_not_tell():
    screen = Screen(width=120, height=30)
    now = {"stats": {**OLD_STATS, "sessions": 4}, "slow": [], "at": 1.0}
    with screen.capture() as capture:
        screen.print(draw(now, now, "/srv/chat", (120, 30)))
    shown = capture.get()
    assert "the server (0.0.9) is older than this command" in shown
    assert {
        line.split()[0]: line.split()[1] for line in shown.splitlines() if line.startswith((" Cl", " Me", " Ro"))
    } == {
        "Clients": "-",  # it does not say how many there were at most
        "Memory": "-",
        "Messages": "-",
        "Rooms": "2",
    }


def test_the_console_greets_an_older_server_and_says_but_once_that_it_is_one(old_server, here, capsys):
    old_server["rooms"] = [OLD_ROOM]
    consoles._greet(here)
    console = Console(here)
    console.run_line("rooms")
    console.run_line("rooms")
    said = capsys.readouterr()
    assert "chatkit 0.0.9: 1 user, 2 rooms." in said.out
    assert said.out.count("#lobby") == 2
    assert said.err.count("older than this command") == 1


def test_a_server_that_tells_no_figures_at_all_is_greeted(old_server, here, capsys):
    old_server["stats"] = {}
    consoles._greet(here)
    assert "help lists the commands" in capsys.readouterr().out
