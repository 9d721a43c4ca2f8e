"""Several people with several devices, acting at random; after each step everything is held against everything."""

from __future__ import annotations

from contextlib import ExitStack

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.ircd.conftest import FakeClient, Net
from tests.ircd.consistency import check_accounts, check_restart
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
    @rule(who=st.sampled_from(PEOPLE), caps=st.sampled_from(CAPS_OF))
    def connect(self, who: str, caps: str) -> None:
        """With an account it joins the user who is there; without one, or where the nick is taken, it is another."""
        account = self.net.ircd.accounts.by_name.get(who)
        client = begin(self.net, account, caps) if account is not None else self.net.connect()
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

    # What must hold.

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


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=60, stateful_step_count=50)
