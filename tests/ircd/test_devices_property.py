"""Whatever several devices of several people do, come and go as they like: all agree who is where."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.ircd.conftest import FakeClient, Net
from tests.ircd.people import begin, open_account, restart
from tests.ircd.screens import Halls, Screen, read_and_check, watched
from tests.ircd.states import a_net

PEOPLE = ("alice", "bob", "carol")  # the first of them stays
CAPS = (
    "",
    "extended-join away-notify setname chghost account-notify draft/channel-rename",
    "draft/read-marker extended-monitor batch",
)
DEVICES = 5

LINES = """
JOIN #one
JOIN #two
JOIN 0
PART #one
PRIVMSG #one :hi
PRIVMSG alice :hi
KICK #one alice
KICK #two bob
NICK alice
NICK bob
NICK eve
NICK alicia
MODE #one +o alice
MODE #one +v bob
MODE #one +k secret
MODE #one +R
MODE #two +q alice
PRIVMSG NickServ :LOGOUT
RENAME #one #three
TOPIC #one :t
AWAY :gone
AWAY *
AWAY
SETNAME :x
MONITOR + alice,bob,eve
MONITOR - bob
PERSISTENCE SET ON
PERSISTENCE SET OFF
MARKREAD #one timestamp=2026-01-01T00:00:00.000Z
QUIT :bye
CAP REQ :-away-notify
"""
LINE = st.sampled_from(LINES.strip().split("\n"))
STEP = st.tuples(st.integers(0, DEVICES - 1), LINE | st.sampled_from(["hang up", "restart", "crash", "wait"]))


def connect(net: Net, number: int) -> FakeClient:
    """A device of one of the people; the last of them belongs to a guest."""
    account = net.ircd.accounts.by_name.get(PEOPLE[number // 2])
    client = begin(net, account, CAPS[number % 3]) if number < DEVICES - 1 and account is not None else net.connect()
    client.send(f"NICK {PEOPLE[number // 2]}", "USER u 0 * :x", f"NICK n{number}")
    return client


@settings(max_examples=examples(100))
@given(steps=st.lists(STEP, max_size=50))
def test_whatever_devices_do_the_rules_hold(steps):
    with a_net() as net, watched() as failures:
        open_account(net, "alice", always_on=True)
        open_account(net, "bob")
        halls = Halls()
        screens = [Screen(connect(net, number), halls) for number in range(DEVICES)]
        for number, what in steps:
            happen(net, screens[number].client, what)
            assert not failures.found, failures.found[0]
            net.check()
            read_and_check(screens)
            screens = [Screen(connect(net, i), halls) if s.client.session.gone else s for i, s in enumerate(screens)]
            read_and_check(screens)


def happen(net: Net, client: FakeClient, what: str) -> None:
    if what == "hang up":
        net.disconnect(client)
        client.link.close()
    elif what == "wait":
        net.move_clock(30)
    elif what in ("restart", "crash"):
        sessions = list(net.ircd.sessions)
        restart(net, crash=what == "crash")
        for session in sessions:
            session.gone = True
            session.link.closed = True
    else:
        client.send(what)
