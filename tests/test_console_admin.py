"""The console of ``chatkit admin``: what is typed, completed, kept and said, against a running server."""

from __future__ import annotations

import stat

import pytest
from click.testing import CliRunner
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from chatkit.admin import console as consoles
from chatkit.admin.console import Console, Left
from chatkit.admin.doing import Here
from chatkit.cli import cli
from chatkit.config import config_dir, load_config
from chatkit.server import Server
from tests.sockets import RawClient


@pytest.fixture
def directory(tmp_path, monkeypatch):
    monkeypatch.setenv("CHATKIT_ACCOUNTS_ARGON2", "test")
    return tmp_path / "data"


@pytest.fixture
def server(directory):
    server = Server(load_config(None, options={"port": 0, "data": str(directory), "name": "chat.test"}))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def here(directory):
    here = Here(data=str(directory))
    yield here
    here.close()


@pytest.fixture
def console(here):
    return Console(here)


@pytest.fixture
def piped(directory):
    """What ``chatkit admin`` makes of these lines on its standard input."""
    return lambda lines: CliRunner().invoke(cli, ["admin", "--data", str(directory)], input=lines)


@pytest.fixture
def sit_down(here, monkeypatch):
    """Sit at the console and type these keys; it must end by itself."""

    def type_keys(keys: str) -> int:
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
            keyboard.send_text(keys)
            return consoles.run(here)

    return type_keys


def offered(console: Console, typed: str) -> list[str]:
    return [item.value for item, _ in console.complete(typed)]


# Completion.


def test_commands_are_completed_with_what_they_do(server, console):
    found = {item.value: item.help for item, _ in console.complete("re")}
    assert found.keys() == {"reload", "reports", "restore"}
    assert all(found.values())


def test_an_empty_line_offers_everything_a_console_has(server, console):
    assert {"ban", "room", "help", "exit"} <= set(offered(console, ""))


def test_words_and_options_of_a_command_are_completed(server, console):
    assert offered(console, "room cl") == ["close"]
    assert offered(console, 'room close "#lobby" --f') == ["--for"]
    assert "accounts-only" in offered(console, "lockdown a")


def test_names_are_completed_as_the_server_knows_them(server, console):
    with RawClient(server.port) as alice:
        alice.register("Alice")
        alice.send("JOIN #garden")
        alice.sync()
        assert offered(console, "kick al") == ["Alice"]
        assert offered(console, "room #g") == ["#garden"]


def test_only_what_is_begun_is_replaced(console):
    ((_, there),) = console.complete("room cl")
    assert there == len("cl")


def test_help_completes_commands(console):
    assert offered(console, "help rep") == ["reports"]


def test_without_a_server_no_names_are_offered_and_nothing_breaks(console):
    assert offered(console, "kick al") == []


# Lines.


def test_help_lists_the_commands_and_explains_one(console, capsys):
    console.run_line("help")
    assert "Show who is here." in capsys.readouterr().out
    console.run_line("help room close")
    assert capsys.readouterr().out.startswith("Usage: room close [OPTIONS] ROOM")


def test_exit_leaves(console):
    with pytest.raises(Left):
        console.run_line("exit")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nonsense", "No such command 'nonsense'."),
        ("kick", "Missing argument 'NICK'.  (help kick)"),
        ("undo x", "Invalid value for 'ID': 'x' is not a valid integer.  (help undo)"),
        ("room #a b", "Got unexpected extra argument (b)  (help room)"),
        ("room #a topic Roses", "The word comes first: room topic #a ...  (help room)"),
        (
            "room retention #a --days -1",
            "Invalid value for '--days': -1 is out of range; it may be 0 to 36,600.  (help room retention)",
        ),
        ('say "half', 'say "half: no closing quotation'),
    ],
)
def test_a_mistake_is_a_line_and_the_console_goes_on(console, capsys, line, says):
    console.run_line(line)
    assert capsys.readouterr().err == f"chatkit: {says}\n"


def test_a_family_without_a_word_is_explained(console, capsys):
    console.run_line("token")
    assert "revoke" in "".join(capsys.readouterr())


def test_one_connection_serves_all_lines(server, console, here, capsys):
    console.run_line("stats")
    connection = here.asker._dialed
    console.run_line("users")
    assert here.asker._dialed is connection
    assert "Nobody is here." in capsys.readouterr().out


def test_it_says_that_the_server_has_gone_and_finds_the_next_one(directory, here, console, capsys):
    config = load_config(None, options={"port": 0, "data": str(directory)})
    first = Server(config)
    first.start()
    console.run_line("users")
    assert consoles._toolbar(here).endswith("connected")
    first.stop()
    assert "no server is there" in consoles._toolbar(here)
    console.run_line("users")
    assert "no server is running" in capsys.readouterr().err
    second = Server(config)
    second.start()
    console.run_line("users")
    second.stop()
    assert capsys.readouterr() == ("Nobody is here.\n", "")


def test_commands_are_taken_from_a_pipe(server, piped):
    result = piped("# what is going on\nusers\n\nmotd Be kind\nundo 1\n")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Nobody is here.",
        "Set the message of the day  (id 1; take it back with: undo 1)",
        "Went back to the message of the day of the settings  (id 2; take it back with: undo 2)",
    ]


def test_a_pipe_in_which_something_fails_ends_with_a_status(server, piped):
    result = piped("kick nobody\nusers\n")
    assert (result.exit_code, result.stdout) == (1, "Nobody is here.\n")
    assert piped("nonsense\n").exit_code == 2


def test_a_password_is_read_from_the_line_below_its_command(server, piped):
    result = piped("account create ann\nher secret word\naccounts\n")
    assert "Made the account ann" in result.output
    assert "her secret word" not in result.output


# Somebody at a terminal.


@pytest.mark.smoke
def test_lines_are_typed_kept_and_end_with_control_d(server, sit_down, capsys):
    assert sit_down("users\rhelp ban\r\x04") == 0
    shown = capsys.readouterr().out
    assert "0 users, 0 rooms." in shown
    assert "Nobody is here." in shown
    file = config_dir() / "admin_history"
    kept = [line[1:] for line in file.read_text().splitlines() if line.startswith("+")]
    assert kept == ["users", "help ban"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_was_typed_the_last_time_comes_back_with_the_arrow(server, sit_down, capsys):
    sit_down("rooms\r\x04")
    capsys.readouterr()
    sit_down("\x1b[A\r\x04")
    assert "There are no rooms." in capsys.readouterr().out


def test_control_c_clears_the_line_and_no_more(server, sit_down, capsys):
    assert sit_down("stop\x03users\r\x04") == 0
    assert "Nobody is here." in capsys.readouterr().out


def test_lines_about_passwords_are_not_kept(console):
    assert console.is_secret("account create ann --email a@b.c")
    assert console.is_secret("account password ann")
    assert not console.is_secret("account show ann")


def test_it_greets_with_what_is_not_as_usual(server, sit_down, capsys):
    sit_down("exit\r")
    assert "read-only" not in capsys.readouterr().out
    sit_down('lockdown read-only --reason "A raid"\rexit\r')
    capsys.readouterr()
    server._keeper.trouble = "the disk is full"
    sit_down("exit\r")
    greeting = " ".join(capsys.readouterr().out.split())
    assert "This server is read-only at the moment" in greeting
    assert "A raid. To open it: lockdown open" in greeting
    assert "Trouble: the disk is full" in greeting


def test_the_console_opens_with_settings_that_cannot_be_read_too(tmp_path, sit_down, capsys):
    (tmp_path / "chatkit.toml").write_text("port 5000\n")
    here = Here(config_file=tmp_path / "chatkit.toml")
    assert "no server is there" in consoles._toolbar(here)
    Console(here).run_line("users")
    assert "chatkit.toml is not valid TOML" in capsys.readouterr().err
    Console(here).run_line("doctor")
    assert "look at line 1" in capsys.readouterr().out


def test_the_console_opens_without_a_server_too(sit_down, capsys):
    assert sit_down("exit\r") == 0
    shown = capsys.readouterr()
    assert "no server is running" in shown.err
    assert "doctor" in shown.out
