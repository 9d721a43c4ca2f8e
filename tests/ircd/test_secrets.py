"""What is secret stays so: in logs, in files, on command lines; and is compared in constant time."""

from __future__ import annotations

import hmac
import logging
from pathlib import Path

import click
import pytest

from chatkit.cli import cli
from chatkit.ircd.clock import Moment
from chatkit.ircd.tokens import find
from tests.ircd.logging_in import make_account, plain
from tests.ircd.opers import an_oper

SECRET = "Tr0ub4dor-and-3"  # of no one
OTHER = "open-sesame-77"


def say_passwords(net) -> None:
    """A client that gives passwords in every way that there is, right and wrong."""
    make_account(net, "alice", SECRET)
    client = net.connect()
    client.send(f"PASS alice:{SECRET}", "CAP LS 302", "CAP REQ sasl", *plain("alice", SECRET), *plain("alice", OTHER))
    client.send("NICK bob", "USER bob 0 * :Bob", "CAP END")
    client.send(f"OPER ada {SECRET}", f"OPER nobody {OTHER}", f"NS IDENTIFY alice {OTHER}", f"PASS {OTHER}")
    client.send(f"PRIVMSG NickServ :IDENTIFY alice {SECRET}", f"NS SET PASSWORD {SECRET} {OTHER}", "QUIT")


def test_no_password_gets_into_the_log_or_into_a_file(make_net, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    net = make_net(opers=[an_oper(password=SECRET)], password=None)
    say_passwords(net)
    net.store.settle()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"alice" in written
    for word in (SECRET, OTHER):
        assert word not in f"{net.events} {caplog.text}"
        assert word.encode() not in written


def commands(command: click.Command, path: tuple[str, ...] = ()):
    """Every command that can be typed, with its name."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from commands(found, (*path, name))


def test_no_command_takes_a_secret_from_its_command_line():
    """``ps`` shows everybody what stands there."""
    options = {
        option
        for _, command in commands(cli)
        for param in command.params
        for option in param.opts
        if not getattr(param, "is_flag", False)
        if any(word in option for word in ("password", "token", "secret", "passphrase"))
    }
    assert options, "there are such options"
    assert all(option.endswith(("-file", "-command")) for option in options), options


# Constant time


@pytest.fixture
def compared(monkeypatch) -> list[tuple[bytes, bytes]]:
    """What was compared in constant time."""
    found: list[tuple[bytes, bytes]] = []
    real = hmac.compare_digest

    def compare(one, other):
        found.append((one, other))
        return real(one, other)

    monkeypatch.setattr("hmac.compare_digest", compare)
    return found


def test_the_servers_password_is_compared_in_constant_time(make_net, compared):
    client = make_net(password=SECRET).connect()
    client.send(f"PASS {OTHER}", "NICK bob", "USER bob 0 * :Bob")
    assert (SECRET.encode(), OTHER.encode()) in compared


def test_a_gateways_password_is_compared_in_constant_time(make_net, compared):
    client = make_net(webirc=[{"hosts": ["127.0.0.1"], "password": SECRET}]).connect()
    client.send(f"WEBIRC {OTHER} gate host.example 203.0.113.7")
    assert [len(one) == len(other) == 32 for one, other in compared] == [True]


def test_the_code_of_a_mail_is_compared_in_constant_time(make_net, compared, monkeypatch):
    monkeypatch.setattr("chatkit.workers.mail.Mailer.send", lambda self, to, subject, text: None)
    net = make_net(accounts={"registration": "mail"}, mail={"host": "mail.example", "sender": "a@mail.example"})
    client = net.connect()
    client.send("NICK bob", f"REGISTER * bob@mail.example {SECRET}", "VERIFY bob wrong")
    assert [one for one, _ in compared] == [b"wrong"]


def test_a_token_is_compared_in_constant_time(net, compared):
    assert find(net.ircd, f"ck_x_{SECRET}", Moment(0, 0)) is None
    assert len(compared) == 1


def test_files_of_the_server_are_its_owners_alone(net, tmp_path: Path):
    make_account(net, "alice", SECRET)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir() if path.is_file()} == {0}
