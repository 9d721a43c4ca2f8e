"""Several people with several devices, acting at random; after each step everything is held against everything.

What those who run the server rule (bans, mutes, lockdown) is held against a model of it: a list, looked through as a
person would.
"""

from __future__ import annotations

from contextlib import ExitStack
from ipaddress import ip_address, ip_network

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chatkit.ircd.ban_index import ServerBan
from chatkit.ircd.state import User
from chatkit.proto import masks
from tests.examples import examples
from tests.ircd.conftest import FakeClient, Net
from tests.ircd.consistency import check_accounts, check_restart
from tests.ircd.order import close, lift
from tests.ircd.order import rule as order
from tests.ircd.people import begin, open_account, restart
from tests.ircd.screens import Failures, Halls, Screen, read_and_check, watched
from tests.ircd.states import a_net

PEOPLE = ("ann", "ben", "cleo")  # ann stays without a device, ben has an account, cleo has none
NICKS = st.sampled_from([*PEOPLE, "Ben", "dave", "бен", "eve"])
ROOMS = st.sampled_from(["#one", "#one", "#one", "#two", "#Two", "#три"])  # one of them where most meet
CAPS_OF = (
    "",
    "extended-join away-notify chghost setname account-notify draft/channel-rename",
    "labeled-response batch echo-message message-tags draft/read-marker extended-monitor draft/metadata-2",
)
CHANGES = st.sampled_from(
    [
        "+o {0}",
        "-o {0}",
        "+v {0}",
        "-qo {0} {0}",
        "+b {0}",
        "-b {0}",
        "+i",
        "-i",
        "+k key",
        "-k key",
        "+l 2",
        "-l",
        "+R",
    ]
)
PLACES = st.sampled_from(["127.0.0.1", "127.0.0.1", "198.51.100.7", "2001:db8::7"])
RULINGS = st.one_of(
    st.tuples(st.just("nick"), st.sampled_from([*PEOPLE, "b*", "бен"])),
    st.tuples(st.just("account"), st.sampled_from(["ann", "b?n"])),
    st.tuples(st.just("address"), st.sampled_from(["198.51.100.0/24", "198.51.100.7", "2001:db8::/64"])),
    st.tuples(st.just("mask"), st.sampled_from(["*!*@198.51.*", "c*!*@*", "*!~ann@2001:*", "dave"])),
)
LEVELS = st.sampled_from(["open", "open", "nobody-new", "accounts-only", "read-only"])
MAX_DEVICES = 6
DEVICES = st.integers(0, MAX_DEVICES - 1)


class Conversation(RuleBasedStateMachine):
    """Rules are what a device, or the one who runs the server, may do."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.net: Net = self.stack.enter_context(a_net(rooms={"autojoin": []}))
        self.failures: Failures = self.stack.enter_context(watched())
        self.halls = Halls()
        self.screens: list[Screen] = []
        self.rulings: list[ServerBan] = []  # the model of what was ruled
        self.level = "open"

    @initialize()
    def gather(self) -> None:
        """It begins with everyone in a room."""
        open_account(self.net, "ann", always_on=True)
        open_account(self.net, "ben")
        for who, caps in zip(PEOPLE, CAPS_OF, strict=True):
            self.connect(who, caps)
        for screen in self.screens:
            screen.client.send("JOIN #one")

    def teardown(self) -> None:
        self.stack.close()

    # Coming and going.

    @precondition(lambda self: len(self.screens) < MAX_DEVICES)
    @rule(who=st.sampled_from(PEOPLE), caps=st.sampled_from(CAPS_OF), place=PLACES)
    def connect(self, who: str, caps: str, place: str = "127.0.0.1") -> None:
        """With an account it joins the user who is there; without one, or where the nick is taken, it is another."""
        account = self.net.ircd.accounts.by_name.get(who)
        client = begin(self.net, account, caps, place) if account is not None else self.net.connect(place)
        screen = Screen(client, self.halls)
        client.send(f"NICK {who}", f"USER {who} 0 * :{who}", f"NICK g{len(self.screens)}{who}")
        self.screens.append(screen)

    @precondition(lambda self: self.screens)
    @rule(device=DEVICES)
    def hang_up(self, device: int) -> None:
        client = self.client(device)
        self.net.disconnect(client)
        client.link.close()

    @precondition(lambda self: self.screens)
    @rule(device=DEVICES)
    def fall_silent(self, device: int) -> None:
        self.client(device).session.heard -= 1000
        self.net.move_clock(1)
        self._keep_alive()

    @rule(device=DEVICES, reason=st.sampled_from(["", " :bye"]))
    def quit(self, device: int, reason: str) -> None:
        self.say(device, f"QUIT{reason}")

    def _keep_alive(self) -> None:
        for screen in self.screens:
            screen.client.send("PONG x")

    def _forget_the_gone(self) -> None:
        for screen in self.screens:
            screen.read()
        self.screens = [screen for screen in self.screens if not screen.client.session.gone]

    @rule(crash=st.booleans())
    def start_again(self, crash: bool) -> None:
        """Ann is where she was; nobody else is."""
        sessions = list(self.net.ircd.sessions)
        restart(self.net, crash=crash)
        for session in sessions:
            session.gone = True
        self.screens.clear()

    # What devices say.

    def client(self, device: int) -> FakeClient:
        return self.screens[device % len(self.screens)].client

    def say(self, device: int, *lines: str) -> None:
        if self.screens:
            self.client(device).send(*lines)

    @rule(device=DEVICES, room=ROOMS, key=st.sampled_from(["", " key"]))
    def join(self, device: int, room: str, key: str) -> None:
        self.say(device, f"JOIN {room}{key}")

    @rule(device=DEVICES, room=ROOMS)
    def part(self, device: int, room: str) -> None:
        self.say(device, f"PART {room}")

    @rule(device=DEVICES, nick=NICKS)
    def rename(self, device: int, nick: str) -> None:
        self.say(device, f"NICK {nick}")

    @rule(device=DEVICES, room=ROOMS, change=CHANGES, nick=NICKS)
    def change_modes(self, device: int, room: str, change: str, nick: str) -> None:
        self.say(device, f"MODE {room} {change.format(nick)}")

    @rule(device=DEVICES, room=ROOMS, nicks=st.lists(NICKS, min_size=1, max_size=3))
    def kick(self, device: int, room: str, nicks: list[str]) -> None:
        self.say(device, f"KICK {room} {','.join(nicks)} :out")

    @rule(device=DEVICES, room=ROOMS, name=ROOMS)
    def rename_room(self, device: int, room: str, name: str) -> None:
        self.say(device, f"RENAME {room} {name}")

    @rule(device=DEVICES, room=ROOMS)
    def register_room(self, device: int, room: str) -> None:
        self.say(device, f"CS REGISTER {room}")

    @rule(device=DEVICES, whom=st.one_of(ROOMS, NICKS))
    def talk(self, device: int, whom: str) -> None:
        self.say(device, f"PRIVMSG {whom} :hi", f"INVITE {whom} #one", f"MARKREAD {whom}")

    @rule(device=DEVICES, line=st.sampled_from(["AWAY :x", "AWAY *", "AWAY", "SETNAME :new", "METADATA * SET url :x"]))
    def change_oneself(self, device: int, line: str) -> None:
        self.say(device, line)

    @rule(device=DEVICES, line=st.sampled_from(["+ ann,ben,dave", "- ben", "C"]))
    def monitor(self, device: int, line: str) -> None:
        self.say(device, f"MONITOR {line}")

    @rule(device=DEVICES, wanted=st.sampled_from(["ON", "OFF", "DEFAULT"]))
    def stay(self, device: int, wanted: str) -> None:
        self.say(device, f"PERSISTENCE SET {wanted}")

    @rule(device=DEVICES)
    def log_out(self, device: int) -> None:
        self.say(device, "NS LOGOUT")

    # What those rule who run the server.

    @rule(ruling=RULINGS, effect=st.sampled_from(["ban", "mute", "mute"]), lasts=st.sampled_from([0, 1, 2]))
    def rule_over(self, ruling: tuple[str, str], effect: str, lasts: int) -> None:
        kind, text = ruling
        made = order(self.net, kind, text, effect, lasts=lasts)  # type: ignore[arg-type]  # drawn from what there is
        same = [ruling for ruling in self.rulings if _meaning(ruling) == _meaning(made)]
        self.rulings = [ruling for ruling in self.rulings if ruling not in same] + [made]

    @precondition(lambda self: self.rulings)
    @rule(which=st.integers(0, 20))
    def lift_one(self, which: int) -> None:
        lift(self.net, self.rulings.pop(which % len(self.rulings)))

    @rule(level=LEVELS)
    def lock_down(self, level: str) -> None:
        close(self.net, level)  # type: ignore[arg-type]  # one of the levels
        self.level = level

    @rule(device=DEVICES)
    def speak(self, device: int) -> None:
        """What the model says may not be said is not."""
        user = self.client(device).session.user if self.screens else None
        if user is None:
            return
        before, is_silent = self.net.ircd.messages, self.level == "read-only" or self._is_meant(user, "mute")
        self.say(device, "PRIVMSG #one :hi", f"PRIVMSG {user.nick} :hi", "NOTICE #one :hi")
        assert not is_silent or self.net.ircd.messages == before

    @precondition(lambda self: self.level in ("nobody-new", "accounts-only"))
    @rule()
    def a_stranger_comes(self) -> None:
        """Nobody gets in whom the level keeps out."""
        client = self.net.connect()
        client.send("NICK stranger", "USER stranger 0 * :x")
        assert client.session.gone or not client.session.nick

    def _is_meant(self, user: User, effect: str) -> bool:
        return any(_means(ruling, user) for ruling in self.rulings if ruling.effect == effect)

    # What must hold.

    @invariant()
    def what_was_ruled_holds(self) -> None:
        now_s = self.net.now.wall // 1_000_000
        self.rulings = [ruling for ruling in self.rulings if not 0 < ruling.until <= now_s]
        assert self.net.ircd.bans.by_id == {ruling.id: ruling for ruling in self.rulings}
        assert (self.net.ircd.lockdown.level, self.net.ircd.hushed) == (self.level, self.level == "read-only")
        for user in self.net.ircd.users.values():
            assert not self._is_meant(user, "ban"), user.nick
            assert (user.muted is not None) is self._is_meant(user, "mute") or not user.sessions, user.nick

    @invariant()
    def everything_agrees(self) -> None:
        assert not self.failures.found, self.failures.found[0]
        self._forget_the_gone()
        self.net.check()
        check_accounts(self.net.ircd)
        read_and_check(self.screens)

    @invariant()
    def a_restart_brings_back_what_must_last(self) -> None:
        check_restart(self.net.ircd, self.net.store)


def _meaning(ruling: ServerBan) -> tuple[str, str, str]:
    return ruling.kind, ruling.effect, ruling.pattern


def _means(ruling: ServerBan, user: User) -> bool:
    """Whether ``ruling`` means ``user``, told from the text of both alone."""
    if ruling.kind == "address":
        network = ip_network(ruling.pattern)
        return any(ip_address(session.address) in network for session in user.sessions)
    if ruling.kind == "mask":
        hosts = {user.host, user.address, *(session.address for session in user.sessions)}
        return any(masks.matches(ruling.pattern, f"{user.nick}!{user.username}@{host}") for host in hosts)
    former = {name for session in user.sessions for name in session.former}
    found = {user.nick} if ruling.kind == "nick" else {user.account_name, *former} - {""}
    return any(masks.matches(ruling.pattern, name) for name in found)


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=examples(60), stateful_step_count=50)
