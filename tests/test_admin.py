"""``chatkit admin`` against a running server: what it prints, and its sentence when it cannot."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import ssl
import threading
from hashlib import sha256
from io import StringIO
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from chatkit.admin import asking, following
from chatkit.admin.asking import ask
from chatkit.admin.doing import SCREENS
from chatkit.admin.errors import AdminError, NoServer
from chatkit.admin.places import Premises, remote
from chatkit.admin.printing import screen_table
from chatkit.cli import cli
from chatkit.config import load_config
from chatkit.control.shows import Sheet, is_known, lay_out
from chatkit.control.table import TABLE
from chatkit.net.listener import listen_unix
from chatkit.premises import CONTROL_NAME, LOCK_NAME
from chatkit.server import Server
from tests.sockets import RawClient


@pytest.fixture
def directory(tmp_path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def server(directory, monkeypatch):
    """A server that ends when it is asked to, as ``chatkit serve`` does."""
    monkeypatch.setenv("CHATKIT_ACCOUNTS_ARGON2", "test")
    server = Server(load_config(None, options={"port": 0, "data": str(directory), "name": "chat.test"}))
    server.start()

    def stop_when_asked() -> None:
        server.stop_requested.wait()
        server.stop()

    thread = threading.Thread(target=stop_when_asked)
    thread.start()
    yield server
    server.stop_requested.set()
    thread.join()


@pytest.fixture
def admin(directory):
    """Run ``chatkit admin`` with these words, and this on its standard input."""

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(cli, ["admin", "--data", str(directory), *words], input=typed, prog_name="chatkit")

    return run


@pytest.fixture
def at_a_terminal(monkeypatch):
    """Let the standard streams of what is invoked pass for a terminal."""

    def pass_for_one(*names: str) -> None:
        stream = "click.testing._NamedTextIOWrapper"
        monkeypatch.setattr(f"{stream}.isatty", lambda self: self.name.strip("<>") in names, raising=False)

    return pass_for_one


@pytest.fixture
def connect(server):
    clients = []

    def make(nick: str) -> RawClient:
        clients.append(RawClient(server.port))
        clients[-1].register(nick)
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def pretend(directory):
    """Something else that listens on the control socket: it reads a request, sends these bytes, and hangs up."""
    directory.mkdir()
    with contextlib.ExitStack() as stack:

        def start(answer: bytes, hang_up: bool = True) -> None:
            listener = stack.enter_context(listen_unix(directory / CONTROL_NAME))
            listener.setblocking(True)

            def serve() -> None:
                sock, _ = listener.accept()
                sock.recv(65536)
                sock.sendall(answer)
                if not hang_up:
                    sock.recv(1)
                sock.close()

            thread = threading.Thread(target=serve)
            thread.start()
            stack.callback(thread.join)

        yield start


# The table, as a shell has it.


def commands(group: click.Group, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found |= commands(command, (*path, name))
            if command.alone is not None:
                found[".".join((*path, name))] = command.alone
        else:
            found[".".join((*path, name))] = command
    return found


@pytest.fixture(scope="module")
def admin_commands() -> dict[str, click.Command]:
    return commands(cli.commands["admin"])


def test_every_row_of_the_table_is_a_command(admin_commands):
    assert admin_commands.keys() == TABLE.keys()


def test_every_command_takes_json_and_says_which_server_is_meant(admin_commands):
    for name, command in admin_commands.items():
        spellings = {spelling for param in command.params for spelling in param.opts}
        wanted = {"--json", "--data", "--config", "--server", "--token-file", "--fingerprint"}
        assert wanted <= spellings, name


def test_every_answer_has_a_look():
    looks = {row.name: row.shows for row in TABLE.values() if row.shows not in (*SCREENS, "words")}
    assert [name for name, shows in looks.items() if not is_known(shows)] == []


def test_accounts_are_reached_by_a_group_of_their_own_too():
    rows = {name.partition(".")[2] for name in TABLE if name.startswith("account.")}
    assert cli.commands["account"].commands.keys() == rows


# What is printed.


@pytest.mark.smoke
def test_users_as_aligned_text(admin, connect):
    connect("Al").send("JOIN #garden", "AWAY :\x02at\x02 lunch")
    connect("日本語").sync()
    assert admin("users").output.splitlines() == [
        "NICK    ROOMS           IDLE  ADDRESS    CLIENT  AWAY",
        "Al      #lobby #garden  0s    127.0.0.1  IRC     at lunch",
        "日本語  #lobby          0s    127.0.0.1  IRC     -",
    ]


def test_users_as_a_table_on_a_terminal(admin, connect, at_a_terminal, monkeypatch):
    connect("Alice")
    at_a_terminal("stdout")
    monkeypatch.setenv("COLUMNS", "80")
    shown = re.sub(r"\x1b\[[\d;]*m", "", admin("users").output)
    head, rule, alice = [line for line in shown.splitlines() if line.strip()]
    assert head.split() == ["Nick", "Rooms", "Idle", "Address", "Client", "Away"]
    assert set(rule.strip()) == {"─"}
    assert alice.split() == ["Alice", "#lobby", "0s", "127.0.0.1", "IRC", "-"]


def test_nobody_and_no_rooms_are_sentences(admin, server):
    assert admin("users").output == "Nobody is here.\n"
    assert admin("rooms").output == "There are no rooms.\n"


def test_what_is_shown_cannot_move_the_cursor(admin, connect):
    alice = connect("Alice")
    alice.send("TOPIC #lobby :Tea \x1b[2J")
    alice.sync()
    shown = admin("rooms").output
    assert "Tea \N{REPLACEMENT CHARACTER}[2J" in shown
    assert "\x1b" not in shown


def test_stats_says_what_there_is(admin, connect):
    connect("Alice")
    shown = dict(re.split(r" {2,}", line, maxsplit=1) for line in admin("stats").output.splitlines())
    assert shown["Users"] == "1"
    assert shown["Uptime"].startswith("00:00:")
    assert shown["Memory"].endswith(" MiB")


def test_json_is_the_result_as_it_came_wherever_the_option_stands(admin, connect):
    connect("Zoë")
    for words in (["users", "--json"], ["--json", "users"]):
        (zoe,) = json.loads(admin(*words).output)
        assert (zoe["nick"], zoe["rooms"], zoe["client"]) == ("Zoë", ["#lobby"], "IRC")


def test_the_data_directory_may_stand_after_the_command(directory, server):
    result = CliRunner().invoke(cli, ["admin", "users", "--data", str(directory)])
    assert result.output == "Nobody is here.\n"


# What changes something.


def test_a_change_says_what_was_done_and_how_it_is_taken_back(admin, server):
    said = admin("motd", "Be", "kind").output
    assert said == "Set the message of the day  (id 1; take it back with: chatkit admin undo 1)\n"
    assert admin("undo", "1").exit_code == 0
    assert "(id 1;" not in admin("undo", "1").output


def test_a_dry_run_says_that_nothing_was_done(admin, connect):
    bob = connect("Bob")
    assert admin("kick", "Bob", "--dry-run").output == (
        "Nothing was done. It would say: Removed Bob\nOnce done, undo cannot take it back.\n"
    )
    bob.sync()
    assert admin("audit").output == "There is nothing to show in the audit log.\n"


def test_kick_tells_the_person_why(admin, connect):
    bob = connect("Bob")
    assert admin("kick", "bob", "--reason", "Be nice").exit_code == 0
    assert ":chat.test KILL Bob :Be nice" in bob.rest()


def test_what_hits_many_is_not_done_without_a_yes_where_nobody_can_be_asked(admin, connect):
    everyone = [connect(f"user{number}") for number in range(5)]
    refused = admin("stop")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("chatkit: this hits 5 (")
    for user in everyone:
        user.sync()
    assert admin("stop", "--yes").exit_code == 0


def test_lockdown_without_a_level_is_a_question_and_gets_its_answer(admin, server):
    asked = admin("lockdown")
    assert (asked.exit_code, asked.stderr) == (0, "")
    assert asked.output == "The server is open. The levels are open, nobody-new, accounts-only, read-only\n"
    assert json.loads(admin("lockdown", "--json").output)["id"] is None
    assert admin("audit").output == "There is nothing to show in the audit log.\n"


@pytest.mark.parametrize(("typed", "says"), [("y\n", "Deleted the account bob"), ("n\n", "nothing was done")])
def test_at_a_terminal_one_is_asked(admin, server, at_a_terminal, typed, says):
    admin("account", "create", "bob", typed="secret word\n")
    at_a_terminal("stdin", "stderr")
    result = admin("account", "delete", "bob", typed=typed)
    assert "Go on? [y/N]" in result.stderr
    assert says in result.output


def test_on_a_terminal_no_sentence_is_cut_within_a_word(admin, server, at_a_terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    at_a_terminal("stderr")
    lines = admin("unban", "somebody-with-a-long-name").stderr.splitlines()
    assert lines == ["chatkit: somebody-with-a-long-name is", "not banned: see bans"]


def test_a_table_for_a_narrow_terminal_hides_nothing():
    fingerprint = "17b6db5ad2d0b8f4" * 4
    rows = [("1rxccd", "certificate", fingerprint, "2026-11-22 19:40")]
    console = Console(width=60, file=StringIO())
    console.print(screen_table(Sheet(("Id", "Kind", "What", "Until"), rows), 60))
    shown = console.file.getvalue()
    assert max(map(len, shown.splitlines())) <= 60
    assert fingerprint in re.sub(r"1rxccd|certificate|2026-11-22 19:40|[^0-9a-f]", "", shown.rpartition("─")[2])
    assert "2026-11-22 19:40" in shown


def narrow(width: int) -> list[str]:
    """A report on a terminal that is so wide."""
    by, said = "Maximilian!~maximilia@dx66b5l.xevqt3p.2bhwv44.cloak", "Buy my book! " * 4
    row = {"made": 1795381500, "who": by, "target": "#garden", "why": "Advertising", "said_by": "", "said": said}
    console = Console(width=width, file=StringIO())
    console.print(screen_table(lay_out("table:reports", [row]), width))
    return [line.rstrip() for line in console.file.getvalue().splitlines() if line.strip()]


def test_what_is_long_stands_below_its_row_where_room_is_short():
    head, _, row, *below = narrow(80)
    assert head.split() == ["When", "By", "About"]
    assert row.split()[2:] == ["Maximilian!~maximilia@dx66b5l.xevqt3p.2bhwv44.cloak", "#garden"]
    assert [line.strip() for line in below] == ["Why: Advertising", "What was said: " + ("Buy my book! " * 4).strip()]


def test_what_is_long_stands_in_its_row_where_there_is_room():
    head, _, row = narrow(200)
    assert head.endswith("What was said")
    assert row.endswith("Buy my book!")


@pytest.mark.parametrize("wrong", ["[limits\n", "port 5000\n", "port = 'x'\n", "[limits]\nsendq = 1\n"])
def test_settings_that_are_wrong_keep_nobody_from_a_server_that_runs(server, directory, tmp_path, monkeypatch, wrong):
    settings = tmp_path / "chatkit.toml"
    settings.write_text(f'name = "chat.test"\ndata = "{directory}"\n{wrong}')
    monkeypatch.setenv("CHATKIT_CONFIG", str(settings))
    result = CliRunner().invoke(cli, ["admin", "users"], prog_name="chatkit")
    assert (result.exit_code, result.stdout) == (0, "Nobody is here.\n")
    (warning,) = result.stderr.splitlines()
    assert str(settings) in warning
    assert warning.endswith(f"; so the server is looked for in {directory}")


def test_settings_that_name_no_directory_mean_the_usual_one(tmp_path, monkeypatch):
    (tmp_path / "chatkit.toml").write_text("[limits")
    monkeypatch.setenv("CHATKIT_CONFIG", str(tmp_path / "chatkit.toml"))
    monkeypatch.setenv("CHATKIT_DATA", str(tmp_path / "elsewhere"))
    result = CliRunner().invoke(cli, ["admin", "users"], prog_name="chatkit")
    assert result.exit_code == 1
    assert f"looked for {tmp_path / 'elsewhere' / CONTROL_NAME}; if yours keeps its data elsewhere" in result.stderr
    assert "--data" in result.stderr


def test_a_mistake_in_the_settings_keeps_nobody_from_the_server_that_data_names(admin, server, tmp_path, monkeypatch):
    (tmp_path / "bad.toml").write_text("port = ")
    monkeypatch.setenv("CHATKIT_CONFIG", str(tmp_path / "bad.toml"))
    assert admin("users").output == "Nobody is here.\n"


def test_those_whom_it_hits_are_listed(admin, connect):
    for nick in ("Al", "Bo"):
        connect(nick)
    lines = admin("stop", "--dry-run").output.splitlines()
    assert lines[0] == "Nothing was done. It would say: Stopped the server"
    assert sorted(lines[1:-1]) == ["  Al", "  Bo"]
    assert lines[-1] == "Once done, undo cannot take it back."


def test_a_new_token_is_shown_with_the_sentence(admin, server):
    made, told = admin("token", "create", "ci", "--scopes", "stats", "--for", "30d").output.splitlines()
    assert made.startswith("Made the token ci")
    assert re.fullmatch("The token, which nobody can find out again: ck_[a-z0-9]+_[A-Z2-7]{32}", told)


def test_a_password_is_never_on_the_command_line(admin, server, tmp_path):
    file = tmp_path / "password"
    file.write_text("a good one\n")
    assert admin("account", "create", "al", "--password-file", str(file)).exit_code == 0
    assert admin("account", "create", "bo", typed="another one\n").exit_code == 0
    assert admin("account", "create", "cy", "its password").exit_code == 2
    short = admin("account", "create", "cy", typed="short\n")
    assert short.exit_code == 2
    assert "at least 6 characters" in short.stderr


# The log and the screen.


def test_the_log_is_printed_with_its_times(admin, connect):
    connect("Alice")
    lines = admin("log", "--filter", "user joined").output.splitlines()
    assert [re.sub(r"^[\d:]{8} ", "", line) for line in lines] == ["User joined: Alice"]
    (line,) = map(json.loads, admin("--json", "log", "--filter", "user joined").output.splitlines())
    assert (line["event"], line["text"]) == ("joined", "User joined: Alice")


def test_following_the_log_shows_what_comes_until_control_c(admin, connect, monkeypatch):
    looks = iter([lambda: connect("Late"), lambda: None])

    def wait(_seconds: float) -> None:
        next(looks, _interrupt)()

    monkeypatch.setattr(following, "sleep", wait)
    connect("Early")
    result = admin("log", "--follow", "--filter", "joined")
    assert result.exit_code == 130
    assert [line.partition(" ")[2] for line in result.output.splitlines()] == [
        "User joined: Early",
        "User joined: Late",
    ]


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_following_the_log_ends_with_the_server(admin, server, directory, monkeypatch):
    monkeypatch.setattr(following, "sleep", lambda _seconds: ask(Premises(directory), "stop", {}))
    result = admin("log", "--follow")
    assert (result.exit_code, result.stderr) == (1, "chatkit: the server has stopped\n")


def test_top_is_one_look_where_there_is_no_terminal(admin, connect):
    connect("Alice")
    assert "Clients " in admin("top").output
    assert json.loads(admin("top", "--json").output)["stats"]["users"] == 1


# What goes wrong.


def test_what_the_server_refuses_is_a_sentence_and_status_1(admin, connect):
    connect("Bob")
    refused = admin("kick", "Bop")
    assert refused.exit_code == 1
    assert refused.stderr == "chatkit: nobody here is called Bop (there is Bob)\n"


def test_stop_returns_when_the_directory_is_free_again(admin, directory, server):
    assert admin("stop").output.startswith("Stopped the server")
    again = Server(load_config(None, {}, {"port": 0, "data": str(directory)}))
    again.start()  # would be refused as long as the other one uses the directory
    again.stop()


STOPPED = (
    b'{"jsonrpc": "2.0", "result": {"said": "Stopped the server", "hits": [], "id": 1, "undoable": false}, "id": 1}\n'
)


def test_stop_does_not_wait_for_ever(admin, pretend, monkeypatch):
    monkeypatch.setattr(asking, "STOP_SECONDS", 0.05)
    pretend(STOPPED, hang_up=False)
    result = admin("stop")
    assert result.exit_code == 1
    assert result.stderr == "chatkit: the server is still stopping after 0.05 seconds\n"


def test_stop_waits_for_the_lock_after_the_connection(directory, pretend, monkeypatch):
    monkeypatch.setattr(asking, "STOP_SECONDS", 0.05)
    pretend(STOPPED)
    with (directory / LOCK_NAME).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(AdminError, match="still stopping"):
            ask(Premises(directory), "stop", {})


def test_no_server_says_where_it_looked(directory, monkeypatch):
    monkeypatch.chdir(directory.parent)
    result = CliRunner().invoke(cli, ["admin", "users", "--data", "data"])
    assert result.exit_code == 1
    assert f"no server is running: looked for {directory / CONTROL_NAME}" in result.stderr


def test_a_socket_that_nobody_listens_to_is_no_server(directory):
    directory.mkdir()
    listen_unix(directory / CONTROL_NAME).close()
    with pytest.raises(NoServer, match="no server is running"):
        ask(Premises(directory), "users", {})


def test_a_file_that_is_no_socket_is_named(directory):
    directory.mkdir()
    (directory / CONTROL_NAME).write_text("")
    with pytest.raises(AdminError, match=str(directory / CONTROL_NAME)):
        ask(Premises(directory), "users", {})


def test_a_server_that_does_not_answer_is_a_sentence(directory, pretend):
    pretend(b"", hang_up=False)
    with pytest.raises(AdminError, match=r"does not answer within 0\.05 seconds"):
        ask(Premises(directory), "users", {}, timeout=0.05)


def test_a_server_that_hangs_up_is_a_sentence(directory, pretend):
    pretend(b'{"jsonrpc"')
    with pytest.raises(AdminError, match="the server hung up"):
        ask(Premises(directory), "users", {})


def test_an_answer_that_makes_no_sense_is_a_sentence(directory, pretend):
    pretend(b"hello\n")
    with pytest.raises(AdminError, match="makes no sense"):
        ask(Premises(directory), "users", {})


def test_an_argument_that_is_no_utf8_is_a_sentence(admin, server):
    result = admin("kick", os.fsdecode(b"B\xffb"))
    assert (result.exit_code, result.stderr) == (1, "chatkit: what you typed is not valid UTF-8\n")


def test_a_long_data_directory_is_reached(tmp_path):
    directory = tmp_path / ("long" * 20) / ("longer" * 20)
    server = Server(load_config(None, {}, {"port": 0, "data": str(directory)}))
    server.start()
    try:
        assert ask(Premises(directory), "users", {}) == []
    finally:
        server.stop()
    with pytest.raises(NoServer, match=str(directory / CONTROL_NAME)):
        ask(Premises(directory), "users", {})


def test_one_server_answers_many_at_once(directory, connect):
    connect("Alice")
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(ask(Premises(directory), "stats", {}))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [stats["users"] for stats in found] == [1] * 8


def test_the_answer_may_be_longer_than_one_read(directory, pretend):
    pretend(json.dumps({"jsonrpc": "2.0", "result": ["x" * 1000] * 500, "id": 1}).encode() + b"\n")
    assert len(ask(Premises(directory), "users", {})) == 500


# From elsewhere.


def test_the_port_for_people_is_no_port_for_administration(server, directory):
    certificate = ssl.PEM_cert_to_DER_cert((directory / "certificate.pem").read_text())
    with pytest.raises(AdminError, match="is this the port of its admin"):
        ask(remote(f"127.0.0.1:{server.port}", "ck_1", sha256(certificate).hexdigest()), "stats", {})


@pytest.mark.parametrize("server", ["chat.example", "irc://chat.example:1", "[::1]", "chat.example:x", "::1"])
def test_a_server_elsewhere_is_a_host_and_a_port(server):
    with pytest.raises(AdminError, match="--server"):
        remote(server, "ck_1", "")


def test_a_server_elsewhere_needs_a_token_and_a_fingerprint_that_is_one(tmp_path):
    nothing = CliRunner().invoke(cli, ["admin", "--server", "chat.example:1", "users"])
    assert (nothing.exit_code, "--token-file" in nothing.stderr) == (2, True)
    token = tmp_path / "token"
    token.write_text("ck_1_abc\n")
    words = ["admin", "--server", "chat.example:1", "--fingerprint", "abc", "--token-file", str(token), "users"]
    wrong = CliRunner().invoke(cli, words)
    assert (wrong.exit_code, "'abc' is not a fingerprint" in wrong.stderr) == (2, True)


@pytest.mark.parametrize("command", [["doctor"], ["restore", "file"]])
def test_what_is_done_on_the_machine_itself_is_not_done_from_elsewhere(tmp_path, command):
    token = tmp_path / "token"
    token.write_text("ck_1_abc\n")
    result = CliRunner().invoke(cli, ["admin", "--server", "chat.example:1", "--token-file", str(token), *command])
    assert result.exit_code == 2
    assert "for the machine that the server runs on" in result.stderr


@pytest.fixture
def elsewhere(tmp_path):
    """A server that is run from elsewhere: the options that reach it, and the fingerprint of its certificate."""
    settings = tmp_path / "chatkit.toml"
    settings.write_text('[admin]\nremote = "127.0.0.1:0"\n')
    server = Server(load_config(settings, {}, {"port": 0, "data": str(tmp_path / "data"), "name": "chat.test"}))
    server.start()
    made = ask(Premises(tmp_path / "data"), "token.create", {"name": "ci", "scopes": ["look", "announce"]})
    token = tmp_path / "token"
    token.write_text(f"{made['result']['token']}\n")
    certificate = (tmp_path / "data" / "certificate.pem").read_text()
    fingerprint = sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
    yield ["--server", f"127.0.0.1:{server.remote_port}", "--token-file", str(token)], fingerprint
    server.stop()


def test_a_token_runs_a_server_from_elsewhere_as_far_as_its_scopes_go(elsewhere):
    place, fingerprint = elsewhere
    lines = "users\nannounce Tea\nban mallory\n"
    result = CliRunner().invoke(cli, ["admin", *place, "--fingerprint", fingerprint], input=lines)
    assert result.stdout == "Nobody is here.\nTold 0 users  (id 2)\n"
    assert result.stderr == "chatkit: token ci may not use ban: it needs the privilege ban\n"
    assert result.exit_code == 1


@pytest.mark.parametrize(("fingerprint", "why"), [("", "does not trust"), ("ab" * 32, "shows another certificate")])
def test_the_token_goes_to_nobody_whose_certificate_is_not_the_right_one(elsewhere, monkeypatch, fingerprint, why):
    sent: list[object] = []
    monkeypatch.setattr(asking, "_exchange", lambda *given: sent.append(given))
    given = ["--fingerprint", fingerprint] if fingerprint else []
    result = CliRunner().invoke(cli, ["admin", *elsewhere[0], *given, "users"])
    assert (result.exit_code, why in result.stderr, sent) == (1, True, [])
