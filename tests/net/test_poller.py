"""Both pollers say the same of the same sockets."""

from __future__ import annotations

import socket

import pytest

from chatkit.net.poller import READ, READABLE, WRITABLE, WRITE, Poller, SelectorPoller

KINDS = list(dict.fromkeys([Poller, SelectorPoller]))  # where the system has no epoll there is but one


@pytest.fixture(params=KINDS)
def poller(request):
    poller = request.param()
    yield poller
    poller.close()


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        yield ours, theirs


def test_nothing_is_told_of_a_socket_that_nothing_came_to(poller, pair):
    poller.watch(pair[0], "it")
    assert poller.poll(0) == []


def test_a_socket_that_can_be_read_is_told_with_its_target(poller, pair):
    ours, theirs = pair
    poller.watch(ours, "it")
    theirs.send(b"x")
    assert [(poller.targets[fd], mask) for fd, mask in poller.poll(None)] == [("it", READ)]
    assert len(poller.poll(0)) == 1, "until it has been read"


def test_whether_a_socket_can_be_written_is_told_while_somebody_asks(poller, pair):
    ours, _ = pair
    poller.watch(ours, "it")
    poller.ask(ours, READ | WRITE)
    assert poller.poll(None) == [(ours.fileno(), WRITE)]
    poller.ask(ours, READ)
    assert poller.poll(0) == []


def test_a_socket_that_is_to_be_written_alone_is_not_told_to_be_readable(poller, pair):
    ours, theirs = pair
    poller.watch(ours, "it")
    poller.ask(ours, WRITE)
    theirs.send(b"x")
    assert poller.poll(None) == [(ours.fileno(), WRITE)]


def test_of_a_socket_that_is_asked_for_nothing_nothing_is_told_until_it_is_asked_for_again(poller, pair):
    ours, theirs = pair
    poller.watch(ours, "it")
    poller.ask(ours, 0)
    theirs.send(b"x")
    assert poller.poll(0) == []
    poller.ask(ours, READ)
    assert poller.poll(None) == [(ours.fileno(), READ)]
    poller.ask(ours, 0)
    poller.forget(ours)
    assert poller.targets == {}


def test_the_end_of_the_other_side_can_be_read(poller, pair):
    ours, theirs = pair
    poller.watch(ours, "it")
    theirs.close()
    ((fd, mask),) = poller.poll(None)
    assert fd == ours.fileno()
    assert mask & READABLE


def test_an_error_counts_as_both(poller):
    with socket.socket() as listening, socket.socket() as refused:
        listening.bind(("127.0.0.1", 0))  # nobody listens
        refused.setblocking(False)
        assert refused.connect_ex(listening.getsockname()) != 0
        poller.watch(refused, "it")
        poller.ask(refused, READ | WRITE)
        ((_, mask),) = poller.poll(None)
        assert mask & READABLE
        assert mask & WRITABLE


def test_a_socket_that_was_forgotten_is_told_no_more(poller, pair):
    ours, theirs = pair
    poller.watch(ours, "it")
    poller.forget(ours)
    theirs.send(b"x")
    assert poller.poll(0) == []
    assert not poller.targets
