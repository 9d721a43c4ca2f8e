"""How often one may try, and who waits for whom."""

from __future__ import annotations

from collections import deque

from chatkit.config import Limits
from chatkit.ircd import attempts
from chatkit.ircd.attempts import Attempts, Rule
from chatkit.ircd.clock import Moment
from chatkit.ircd.gates import Gate, Gates
from chatkit.ircd.requests import CheckPassword, Job, LoadCredentials, RunCommand
from chatkit.ircd.state import Session
from chatkit.proto.addresses import network_of
from chatkit.store.records import SearchQuery
from tests.ircd.conftest import FakeLink


def make_attempts() -> Attempts:
    return Attempts(lambda: Rule(free=2, pause=1, longest=8, forgets=100))


def waits_after(count: int) -> float:
    found = make_attempts()
    for _ in range(count):
        found.note("net", 0)
    return found.wait("net", 0)


def test_a_few_attempts_are_free_then_the_pause_doubles_up_to_the_longest():
    assert [waits_after(count) for count in range(8)] == [0, 0, 1, 2, 4, 8, 8, 8]
    assert waits_after(5000) == 8


def test_after_a_while_all_is_forgotten():
    found = make_attempts()
    for _ in range(5):
        found.note("net", 0)
    assert found.wait("net", 7) == 1
    assert found.wait("net", 101) == 0
    found.note("net", 101)
    assert found.wait("net", 101) == 0


def test_networks_do_not_wait_for_each_other_and_who_succeeds_begins_anew():
    found = make_attempts()
    for _ in range(5):
        found.note("one", 0)
    assert found.wait("two", 0) == 0
    found.forgive("one")
    assert found.wait("one", 0) == 0


def test_the_networks_that_are_remembered_are_bounded(monkeypatch):
    monkeypatch.setattr(attempts, "MAX_NETWORKS", 3)
    found = make_attempts()
    for network in ("a", "b", "a", "c", "a", "d", "b"):
        found.note(network, 0)
    assert found.wait("a", 0) == 2  # it never was the one that did nothing for longest
    assert found.wait("b", 0) == 0


def test_an_ipv6_network_is_the_64_bits_in_front():
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8::1")
    assert network_of("192.0.2.1") == "192.0.2.1"


def job_from(address: str, request=None) -> Job:
    session = Session(FakeLink(), address, Moment(0, 0))
    return Job(session, request or CheckPassword("key", "word"), lambda answer: None, Exception())


def test_a_gate_lets_so_many_through_and_networks_take_turns():
    gate = Gate(lambda: 1, lambda: 200)
    crowd, other = [job_from("192.0.2.1") for _ in range(3)], job_from("192.0.2.2")
    ready = deque(gate.put(crowd[0]))
    for job in (*crowd[1:], other):
        assert gate.put(job) == []
    order = []
    while ready:
        order.append(ready.popleft())
        ready += gate.done()
    assert order == [crowd[0], crowd[1], other, crowd[2]]


def test_a_network_has_so_many_places_to_wait():
    gate = Gate(lambda: 0, lambda: 9)
    for _ in range(9):
        assert not gate.is_full("192.0.2.1")
        gate.put(job_from("192.0.2.1"))
    assert gate.is_full("192.0.2.1")
    assert not gate.is_full("192.0.2.2")


def test_searches_wait_for_each_other_and_keep_no_worker_waiting():
    gates = Gates(Limits)
    first, second = (job_from("192.0.2.1", SearchQuery((), "")) for _ in range(2))
    assert gates.put(first) == [first]
    assert gates.put(second) == []
    assert gates.done(first) == [second]


def test_what_costs_little_passes_no_gate():
    gates = Gates(Limits)
    for _ in range(9):
        job = job_from("192.0.2.1", LoadCredentials("key"))
        assert gates.put(job) == [job]
    assert gates.done(job) == []


def test_one_command_of_an_operator_at_a_time_so_that_the_workers_are_there_for_others():
    gates = Gates(Limits)
    first, second = (job_from("192.0.2.1", RunCommand("reload", "oper ada", frozenset())) for _ in range(2))
    assert gates.put(first) == [first]
    assert gates.put(second) == []
    assert gates.done(first) == [second]
