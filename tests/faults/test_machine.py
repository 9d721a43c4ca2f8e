"""A clock that is set, descriptors that are used up, processes that stand still."""

from __future__ import annotations

import resource
import signal
import threading
import time

import pytest

from tests.faults.judge import CAPS, FAITHFUL, judge, stored_in
from tests.faults.machine import descriptors, limit, stopped
from tests.faults.people import CALM, Bystander
from tests.faults.scope import note, size
from tests.processes import chatkit
from tests.sockets import DEADLINE, RawClient

HOUR = 3600
CLIENTS = 30  # more than there are descriptors for
STILL_SECONDS = size(2.0, 60.0)
PING_SECONDS = STILL_SECONDS / 4
MISSED = 400  # messages that a client which stands still gets later


def test_whatever_the_clock_is_set_to_messages_keep_their_order_and_their_ids(start, data, tmp_path):
    offset = tmp_path / "offset"
    server = start(fault=f"clock:{offset}")
    with Bystander(server.port) as bystander:
        for seconds in (0, HOUR, -HOUR, 0, -30 * 24 * HOUR, 1):
            offset.write_text(str(seconds))
            server.process.send_signal(signal.SIGUSR1)
            bystander.goes_on()
    server.kill()
    restarted = start()  # with the right clock, which is behind what was given
    with Bystander(restarted.port, "later") as later:
        later.goes_on()
    restarted.stop()
    everything = [*bystander.seen, *later.seen]
    verdict = judge([everything], stored_in(data, CALM))
    note("clock steps", injected=5, seen=len(everything), **verdict._asdict())
    assert verdict == FAITHFUL
    assert len({message.msgid for message in everything}) == len(everything)
    assert stored_in(data, CALM) == everything


def test_without_descriptors_newcomers_wait_and_nobody_else_notices(start, data):
    server = start()
    with Bystander(server.port) as bystander:
        bystander.goes_on()
        before = descriptors(server)
        limit(server, resource.RLIMIT_NOFILE, before + 3)
        clients = [RawClient(server.port) for _ in range(CLIENTS)]  # the system takes them, the server cannot
        bystander.goes_on(50)
        assert bystander.longest < 1
        limit(server, resource.RLIMIT_NOFILE, resource.RLIM_INFINITY)
        for number, client in enumerate(clients):
            assert any(" 001 " in line for line in client.register(f"late{number}"))
            client.close()
        bystander.goes_on()
    server.stop()
    told = [line for line in server.lines if "cannot accept connections" in line]
    verdict = judge([bystander.seen], stored_in(data, CALM))
    note("descriptors used up", injected=1, clients=CLIENTS, told=len(told), **verdict._asdict())
    assert verdict == FAITHFUL
    assert 1 <= len(told) <= 3  # once, and once more whenever one was let in meanwhile


@pytest.mark.timeout(60 + 3 * STILL_SECONDS)
def test_a_server_that_stood_still_drops_nobody_and_loses_nothing(start, data, monkeypatch):
    """Longer than anybody may be silent: whoever spoke meanwhile was not."""
    monkeypatch.setenv("CHATKIT_LIMITS_PING_SECONDS", str(PING_SECONDS))
    server = start()
    patience = STILL_SECONDS + DEADLINE
    with Bystander(server.port, patience=patience) as bystander, RawClient(server.port) as alice:
        alice.register("alice", CAPS)
        alice.send("JOIN #still")
        alice.sync()
        with stopped(server):
            threading.Event().wait(STILL_SECONDS / 2)
            alice.send(*(f"PRIVMSG #still :{number}" for number in range(50)))
            with RawClient(server.port) as late:
                late.send("NICK late", "USER late 0 * :late")
                threading.Event().wait(STILL_SECONDS / 2)
                server.process.send_signal(signal.SIGCONT)
                late.until(lambda line: " 001 late " in line)
        echoes = alice.until(lambda line: line.endswith(" PRIVMSG #still :49"))
        assert [line.rpartition(":")[2] for line in echoes if " PRIVMSG " in line] == [str(n) for n in range(50)]
        bystander.goes_on()
    server.stop()
    verdict = judge([bystander.seen], stored_in(data, CALM))
    note("SIGSTOP of the server", injected=1, seconds=STILL_SECONDS, seen=len(bystander.seen), **verdict._asdict())
    assert verdict == FAITHFUL
    assert bystander.longest < STILL_SECONDS + 2


@pytest.mark.timeout(60 + 3 * STILL_SECONDS)
def test_a_client_that_stood_still_gets_all_that_it_missed_and_holds_up_nobody(start):
    server = start()
    tail = chatkit("tail", CALM, "--server", f"irc://127.0.0.1:{server.port}", "--nick", "sleeper")
    assert tail.stdout is not None
    with Bystander(server.port) as bystander:
        first = tail.stdout.readline()  # it is there
        tail.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        bystander.goes_on(min(MISSED, int(STILL_SECONDS * 20)))
        threading.Event().wait(max(0.0, STILL_SECONDS / 2 - (time.monotonic() - began)))
        tail.send_signal(signal.SIGCONT)
        bystander.goes_on()
    assert bystander.longest < 1
    wanted = [message.text for message in bystander.seen]
    shown = [first.split()[-1]]
    while shown[-1] != wanted[-1]:
        shown.append(tail.stdout.readline().split()[-1])
    tail.send_signal(signal.SIGINT)
    tail.communicate(timeout=20)
    note("SIGSTOP of a client", injected=1, seconds=STILL_SECONDS / 2, seen=len(shown))
    assert shown == wanted[-len(shown) :]
