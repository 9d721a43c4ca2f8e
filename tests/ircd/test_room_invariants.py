"""Whatever the members of a room do to each other and to its modes, what hangs on them stays right."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from chatkit.ircd.bans import Matcher
from chatkit.ircd.registrations import Registration
from chatkit.proto import extbans, modes
from chatkit.proto.casemapping import casefold
from tests.examples import examples
from tests.ircd.conftest import FakeClient, Net
from tests.ircd.people import log_in, open_account
from tests.ircd.screens import Halls, Screen, watched

NICKS = ["alice", "bob", "carol", "dan"]
ENTRIES = ["bob", "*!*@127.0.0.1", "m:carol", "~m:*", "~a:dan", "m:~a:d*", "127.0.0.0/8", "~x:no", "*"]
ARGS = {
    modes.LIST: st.sampled_from(ENTRIES),
    modes.MEMBER: st.sampled_from([*NICKS, "nobody"]),
    "k": st.sampled_from(["key", "k,ey"]),
    "l": st.sampled_from(["2", "30", "x"]),
    "W": st.sampled_from(["1", "3600", "3601", "x"]),
    "f": st.sampled_from(["#other", "#nowhere"]),
}


@st.composite
def mode_lines(draw):
    changes = []
    for letter in draw(st.lists(st.sampled_from(sorted(modes.CHANNEL_MODES)), min_size=1, max_size=4)):
        kind, adding = modes.CHANNEL_MODES[letter], draw(st.booleans())
        wants = kind not in (modes.FLAG, modes.WHEN_SET) or (kind == modes.WHEN_SET and adding)
        arg = draw(ARGS[kind if kind in ARGS else letter]) if wants else None
        changes.append(modes.ModeChange(adding, letter, arg))
    return f"MODE {draw(ROOMS)} {' '.join(modes.format_changes(changes))}"


ROOMS = st.sampled_from(["#room", "#room", "#room", "#other"])
DEEDS = st.builds(
    str.format,
    st.sampled_from(
        [
            "JOIN {0}",
            "JOIN {0} key",
            "JOIN {0}",
            "PART {0}",
            "KICK {0} {1}",
            "INVITE {1} {0}",
            "KNOCK {0}",
            "TOPIC {0} :by {1}",
            "PRIVMSG {0} :hi {1}",
            "RENAME {0} #new",
            "RENAME #new {0}",
            "CS ACCESS SET {0} dan o",
            "CS ACCESS DEL {0} dan",
            "CS SET {0} GUARD on",
            "CS OP {0} {1}",
            "CS DEOP {0} {1}",
            "CS UNBAN {0} {1}",
            "CS CLEAR {0} users",
        ]
    ),
    ROOMS,
    st.sampled_from(NICKS),
)
WHO = st.sampled_from([0, 0, 0, 1, 2, 3])  # alice may do most, so most of what she does comes to something
STEPS = st.lists(st.tuples(WHO, mode_lines() | mode_lines() | DEEDS), max_size=25)
SCENES = st.sampled_from(
    [
        [],
        [(0, "MODE #room +u"), (2, "PART #room"), (2, "JOIN #room")],  # carol is hidden
        [(0, "MODE #room +be m:* ~a:dan"), (2, "PRIVMSG #room :hi"), (3, "PRIVMSG #room :hi")],
        [(2, "PART #room"), (0, "MODE #room +fi #other"), (2, "JOIN #room")],
    ]
)


def gather(net: Net, halls: Halls) -> list[Screen]:
    """alice owns #room, bob is its operator, dan has an account too."""
    alice, bob = log_in(net, open_account(net, "alice")), net.register("bob", "draft/channel-rename")
    carol, dan = net.register("carol", "multi-prefix"), log_in(net, open_account(net, "dan"))
    clients = [alice, bob, carol, dan]
    screens = [Screen(client, halls) for client in clients]
    for screen, nick in zip(screens, NICKS, strict=True):
        screen.nick = nick
        screen.client.send("JOIN #room")
    alice.send("CS REGISTER #room", "MODE #room +o bob", "JOIN #other")
    return screens


@settings(max_examples=examples(60))
@given(SCENES, STEPS)
def test_whatever_is_set_the_room_stays_right(scene, steps):
    with tempfile.TemporaryDirectory() as directory, watched() as failures:
        net = Net(Path(directory), limits={"commands_per_second": 0}, rooms={"autojoin": []})
        try:
            halls = Halls()
            screens = gather(net, halls)
            for number, line in [*scene, *steps]:
                screens[number].client.send(line)
                assert not failures.found, failures.found[0]
                check(net, halls, screens)
        finally:
            net.store.close()


def check(net: Net, halls: Halls, screens: list[Screen]) -> None:
    net.check()
    halls.look(net)
    for screen in screens:
        screen.read()
    for screen in screens:
        screen.check()
    for channel in net.ircd.channels.values():
        check_modes(net, channel, screens[0].client)
        check_registration(net, channel)


def check_modes(net: Net, channel, client: FakeClient) -> None:
    assert channel.flags == "".join(sorted(set(channel.flags)))
    assert sum(map(len, channel.lists.values())) <= net.ircd.config.limits.list_entries
    for letter, entries in channel.lists.items():
        assert all(extbans.parse(entry.mask).key == key for key, entry in entries.items())
        for (of, mutes), matcher in channel.matchers.items():
            fresh = Matcher(e for e in map(extbans.parse, (e.mask for e in entries.values())) if e.mutes is mutes)
            assert of != letter or all(matcher.fits(u) is fresh.fits(u) for u in net.ircd.users.values())
    for member in channel.members.values():
        assert not member.hidden or ("u" in channel.flags and not member.modes)
    for rank in range(1 + len(modes.PREFIXES)):
        told = {link for _, links in channel.audience_from(rank).groups for link in links}
        ranked = {user for user, member in channel.members.items() if member.rank >= rank}
        assert told == {session.link for user in ranked for session in user.sessions}
    if client.session.user in channel.members:
        check_reading_back(client, channel)


def check_reading_back(client: FakeClient, channel) -> None:
    """What RPL_CHANNELMODEIS says are the changes that make a room the same."""
    words = client.ask(f"MODE {channel.name}")[0].split(" ")[4:]
    changes, unknown = modes.parse_changes(words)
    assert (unknown, modes.format_changes(changes)) == ([], words if words != ["+"] else [""])
    told = {change.letter: change.arg for change in changes}
    set_now = {"k": channel.key, "l": channel.limit and str(channel.limit), "f": channel.forward}
    set_now["W"] = channel.slow and str(channel.slow)
    assert told == dict.fromkeys(channel.flags) | {letter: arg for letter, arg in set_now.items() if arg is not None}


def check_registration(net: Net, channel) -> None:
    """A registered room is stored as it is."""
    assert net.ircd.registrations.get(channel.id) is channel.registration
    if channel.registration is not None:
        stored = dict(net.store.documents("channel"))[casefold(channel.name)]
        again = Registration(name="", created=0, founder="")
        again.take_from(channel)
        kept = channel.registration
        again.founder, again.access, again.history = kept.founder, kept.access, kept.history
        again.guard, again.heir = kept.guard, kept.heir
        assert msgspec.json.decode(stored, type=Registration) == kept == again
