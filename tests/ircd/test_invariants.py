"""Whatever clients type, in whatever state: no handler fails, every answer is a line, and all agree who is where."""

from __future__ import annotations

from collections import Counter
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatkit.ircd.commands import COMMANDS
from chatkit.proto import capabilities as cap
from chatkit.proto.message import MAX_LINE
from tests.examples import examples
from tests.ircd.conftest import FakeClient, Net
from tests.ircd.consistency import check_accounts, check_restart
from tests.ircd.screens import Failures, Halls, Screen, read_and_check, watched
from tests.ircd.states import STATES, a_net, populate
from tests.ircd.strategies import BODY, LINES, USUAL_BODIES

NICKS = ("alice", "Bob", "carol", "eve")
STORE = ("slow store", "quick store", "broken store", "sound store")
MAX_LABEL = 64

STATE = st.sampled_from(sorted(STATES))
CREW = st.lists(STATE, min_size=2, max_size=len(NICKS))
WHO = st.integers(0, len(NICKS) - 1)
STEP = st.tuples(WHO, st.lists(LINES, min_size=1, max_size=3))
EVENT = st.tuples(WHO, st.sampled_from(["silence", "hang up", *STORE]))


class Stage:
    """Some clients, in the states that ``crew`` names, and what each of them sees."""

    def __init__(self, net: Net, crew: list[str], failures: Failures) -> None:
        self.net = net
        self.crew = crew
        self.failures = failures
        self.halls = Halls()
        populate(net)
        self.screens = [self._enter(number) for number in range(len(crew))]
        read_and_check(self.screens)

    def _enter(self, number: int) -> Screen:
        screen = Screen(STATES[self.crew[number]](self.net, NICKS[number]), self.halls)
        self.halls.look(self.net)
        return screen

    def screen(self, number: int) -> Screen:
        return self.screens[number % len(self.screens)]

    def check(self) -> None:
        """Hold everything; those who are gone come again."""
        assert not self.failures.found, self.failures.found[0]
        self.net.check()
        check_accounts(self.net.ircd)
        self.halls.look(self.net)
        read_and_check(self.screens)
        for number, screen in enumerate(self.screens):
            if screen.client.session.gone:
                self.screens[number] = self._enter(number)
        read_and_check(self.screens)


@settings(max_examples=examples(200))
@given(crew=CREW, steps=st.lists(STEP | STEP | EVENT, max_size=30))
def test_whatever_is_typed_the_rules_hold(crew, steps):
    with a_net() as net, watched() as failures:
        stage = Stage(net, crew, failures)
        for number, what in steps:
            client = stage.screen(number).client
            if isinstance(what, str):
                happen(net, client, what)
            else:
                client.send(*what)
            stage.check()
        net.broken = False
        net.answer()
        stage.check()
        for screen in stage.screens:
            assert not screen.batches, "a batch that never ends"


def happen(net: Net, client: FakeClient, what: str) -> None:
    if what == "silence":
        net.move_clock(25)
    elif what == "hang up":
        net.disconnect(client)
        client.link.close()
    else:
        net.slow = {"slow store": True, "quick store": False}.get(what, net.slow)
        net.broken = {"broken store": True, "sound store": False}.get(what, net.broken)
        net.settle()


@settings(max_examples=examples(100))
@given(crew=CREW, steps=st.lists(STEP, max_size=25))
def test_a_restart_brings_back_what_must_last(crew, steps):
    """Accounts, registered rooms, markers, and those who stay with all that they are in."""
    with a_net() as net, watched() as failures:
        stage = Stage(net, crew, failures)
        for number, lines in steps:
            stage.screen(number).client.send(*lines)
            check_restart(net.ircd, net.store)
        stage.check()


LABELLED = st.sampled_from(["", ";+x=1", ";batch=x", ";+draft/reply=1;+typing=active"])
WELL_FORMED = (BODY | USUAL_BODIES).filter(lambda line: len(line.encode()) <= MAX_LINE - 2)


@settings(max_examples=examples(100))
@given(crew=CREW, broken=st.booleans(), steps=st.lists(st.tuples(WHO, LABELLED, WELL_FORMED), min_size=5, max_size=30))
def test_a_labelled_command_gets_exactly_one_labelled_answer(crew, broken, steps):
    """Whether it is one line, a batch or ACK. One to a BATCH that is opened comes when that is closed."""
    numbers = count()
    with a_net() as net, watched() as failures:
        stage = Stage(net, crew, failures)
        net.broken = broken
        owed: dict[Screen, Counter[str]] = {screen: Counter() for screen in stage.screens}
        for who, tags, line in steps:
            screen, label = stage.screen(who), f"n{next(numbers)}"
            if screen not in owed or screen.client.session.gone:
                continue  # somebody new, in place of one who has gone
            if screen.client.session.has_all(cap.LABELED_RESPONSE | cap.BATCH):
                owed[screen][label] += 1
            screen.client.send(f"@label={label}{tags} {line}")
            if line.startswith("KILL") and screen.client.session.gone:
                owed[screen][label] = 0  # who removes himself has no connection that could bring an answer
            for each in owed:
                each.read()
                assert Counter(each.labels) == owed[each] - waiting(each), f"after {line!r}"
        assert not failures.found, failures.found[0]


def waiting(screen: Screen) -> Counter[str]:
    """The label of the batch that the client has begun, whose answer comes when it is whole."""
    batch = screen.client.session.batch
    return Counter([batch.label] if batch is not None and batch.label is not None and batch.content is not None else [])


@pytest.mark.smoke
@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_answers_any_number_of_parameters(command):
    """Too few, too many, empty, over-long and ill-encoded: in every registration state."""
    params = ["", "alice", "#room", "x" * 400, "*", ",", "+o", "0"]
    lines = [
        " ".join([command, *[param or "x"] * (number - 1), *[":" + param] * bool(number)])
        for param in params
        for number in range(5)
    ]
    lines += [f"{command} {' '.join('abcdefghijklmnopqrst')}", f"{command} {'x' * 500}"]
    with a_net() as net, watched() as failures:
        populate(net)
        for state in STATES.values():
            screen = Screen(state(net, "alice"), Halls())
            for line in lines:
                if screen.client.session.gone:
                    screen = Screen(state(net, "alice"), Halls())
                screen.client.send(line, line.encode() + b"\xff", "PING alive")
                assert not failures.found, failures.found[0]
                answer = screen.client.link.data
                assert b"PONG chat.test :alive" in answer or b"ERROR :" in answer, line
                screen.read()
            net.check()
            net.disconnect(screen.client)
