"""A bug in a command, in what carries events out, in a worker's job, in handing out, in a timer.

Whoever has it happen to them is told, and nobody else notices.
"""

from __future__ import annotations

import pytest

from chatkit.ircd.commands import COMMANDS
from tests.faults.judge import CAPS, FAITHFUL, judge, stored_in
from tests.faults.launcher import FATAL, VICTIM
from tests.faults.people import CALM, Bystander
from tests.faults.scope import note
from tests.sockets import RawClient

UNKNOWN_ERROR = " 400 "
HARMLESS = {"PING", "BATCH"}  # the barrier; and what opens a batch, whose lines would wait for its end
PARAMS = "#room x y z a b"
# What brings about events of many kinds; OPER and accounts take workers, which have a test of their own.
EVENTFUL = (
    "JOIN #room", "TOPIC #room :new", "MODE #room +m", "MODE #room +b *!*@x", "MODE #room +k key", "PRIVMSG #room :hi",
    "NOTICE #room :hi", "TAGMSG #room", f"PRIVMSG bystander :{VICTIM}", "INVITE bystander #room",
    "KICK #room bystander", "AWAY :gone", "AWAY", "SETNAME :new", f"MODE {VICTIM} +i", "METADATA * SET url :x",
    "MONITOR + bystander",
    "RENAME #room #new", "KNOCK #calm", "PART #room", "NICK other",
)  # fmt: skip
JOBS = (
    "CHATHISTORY LATEST #calm * 10",
    "SEARCH text=x",
    "REGISTER victim * correct-horse-battery",
    "PRIVMSG NickServ :IDENTIFY victim correct-horse-battery",
    "OPER root password",
)


@pytest.fixture
def settings_file(tmp_path):
    """Somebody may become an operator: so OPER asks a worker."""
    path = tmp_path / "chatkit.toml"
    path.write_text('[[opers]]\nname = "root"\npassword_hash = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAA"\n')
    return path


def victim(port: int) -> RawClient:
    client = RawClient(port)
    client.register(VICTIM, f"{CAPS} labeled-response draft/metadata-2 setname soju.im/search")
    return client


def finish(name: str, server, data, bystander: Bystander, injected: int) -> None:
    """Nothing of all that reached the bystander."""
    bystander.goes_on()
    bystander.finish()
    assert server.stop() == 0
    verdict = judge([bystander.seen], stored_in(data, CALM))
    note(f"exceptions: {name}", injected=injected, seen=len(bystander.seen), **verdict._asdict())
    assert verdict == FAITHFUL
    assert bystander.longest < 1


def test_in_any_command_its_sender_gets_err_unknownerror_and_the_others_nothing(start, data):
    server = start(fault="handlers")
    names = sorted(COMMANDS.keys() - HARMLESS)
    with Bystander(server.port) as bystander, victim(server.port) as client:
        for name in names:
            client.send(f"{name} {PARAMS}")
            assert [line for line in client.sync() if UNKNOWN_ERROR in line], name
        client.send(f"@label=abc PRIVMSG {CALM} :hi")
        assert any(line.startswith("@label=abc") and UNKNOWN_ERROR in line for line in client.sync())
        finish("handlers", server, data, bystander, len(names))


@pytest.mark.parametrize("when", ["before", "after"])
def test_in_what_carries_events_out(start, data, when):
    server = start(fault=f"appliers:{when}")
    with Bystander(server.port) as bystander, victim(server.port) as client:
        failed = 0
        for line in EVENTFUL:
            client.send(line)
            failed += any(UNKNOWN_ERROR in answer for answer in client.sync())
        finish(f"appliers, {when}", server, data, bystander, failed)
    assert failed >= (4 if when == "before" else 10)


def test_in_a_job_of_a_worker(start, data, settings_file):
    server = start("--config", str(settings_file), fault="jobs")
    with Bystander(server.port) as bystander, victim(server.port) as client:
        for line in JOBS:
            client.send(line)
            assert client.sync(), line  # it is told, and its next lines are heard
        finish("jobs", server, data, bystander, len(JOBS))
    assert sum("a worker failed" in line for line in server.lines) >= 3


def test_in_handing_out_what_somebody_said(start, data):
    server = start(fault="hand_out")
    with Bystander(server.port) as bystander, victim(server.port) as client:
        client.send(f"JOIN {CALM}")
        client.sync()
        for number in range(20):
            client.send(f"PRIVMSG {CALM} :{FATAL.decode()} {number}")
        client.sync()
        finish("hand_out", server, data, bystander, 20)


def test_in_a_timer(start, data, monkeypatch):
    monkeypatch.setenv("CHATKIT_LIMITS_PING_SECONDS", "0.4")  # so it comes every 0.1 s
    server = start(fault="timers")
    with Bystander(server.port) as bystander:
        for _ in range(5):
            server.wait_for("a look failed")
            bystander.goes_on(1)
        finish("timers", server, data, bystander, 5)
