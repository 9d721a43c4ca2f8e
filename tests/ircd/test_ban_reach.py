"""Whom one ban means of all who are here is found in one pass; here each is held against it as whoever comes in is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chatkit.ircd.accounts import Account
from chatkit.ircd.ban_index import ServerBan, ServerBans, prepare_pattern
from chatkit.ircd.ban_reach import meant_by
from chatkit.ircd.clock import Moment
from chatkit.ircd.state import Session, User
from chatkit.proto.casemapping import casefold
from tests.ircd.conftest import FakeLink

NOW = Moment(0, 0.0)
CERTS = ["ab" * 32, "cd" * 32]
ADDRESSES = ["192.0.2.1", "192.0.2.77", "198.51.100.7", "2001:db8::1", "::ffff:192.0.2.1", "localhost"]
HOSTS = ["host.example", "Other.Example", "k3jh2.abcdefg.cloak"]
ACCOUNTS = [Account(f"@{number}", name, 0) for number, name in enumerate(["Ann", "bea", "Émile"])]
PATTERNS = {
    "nick": ["bob", "B*", "?ob", "*", "Émile", "é*", "\u212aim", "kim"],
    "account": ["ann", "b*", "*", "émile", "Émile", "cleo"],
    "certificate": [*CERTS, "ef" * 32],
    "address": ["192.0.2.1", "192.0.2.0/26", "0.0.0.0/0", "::/0", "2001:db8::/64", "0.0.0.1", "::1:0/112"],
    "mask": [
        "bob", "*!*@*", "B*!*@*", "*!~a?@*", "*.example", "*@OTHER.example", "bob!~ab@*.cloak", "*@192.0.2.*",
        "*@192.0.2.1", "*o*!*a*@*", "a!b!c@d", "*!*@*@*", "*!*@", "é*!*@*",
    ],
}  # fmt: skip

accounts = st.none() | st.sampled_from(ACCOUNTS)


@st.composite
def sessions(draw: st.DrawFn) -> Session:
    session = Session(FakeLink(), draw(st.sampled_from(ADDRESSES)), NOW)
    session.cloak = f"{session.address}.cloak"
    session.host = draw(st.sampled_from([session.cloak, *HOSTS]))
    session.certfp = draw(st.none() | st.sampled_from(CERTS))
    for account in draw(st.lists(accounts, max_size=3)):
        session.become(account)
    return session


@st.composite
def users(draw: st.DrawFn) -> User:
    user = User(draw(st.sampled_from(["bob", "Rob", "eve", "Émile", "éva", "kim", "\u212aim"])), "@1", None, NOW)
    user.account = draw(accounts)
    user.username = draw(st.sampled_from(["~ab", "~Bo"]))
    user.sessions = draw(st.lists(sessions(), max_size=2))
    first = user.sessions[0] if user.sessions else draw(sessions())
    user.address, user.cloak = first.address, first.cloak  # or those of one that has gone, with another left behind
    user.sessions = draw(st.sampled_from([user.sessions, user.sessions[1:]]))
    user.host = draw(st.sampled_from([first.host, *HOSTS]))
    return user


@given(
    st.lists(users(), max_size=4),
    st.sampled_from([(kind, text) for kind, texts in PATTERNS.items() for text in texts]),
)
def test_one_pass_finds_exactly_those_whom_the_index_finds_the_ban_for(here, what):
    kind, text = what
    ban = ServerBan("1", kind, "ban", prepare_pattern(kind, text))
    bans, by_nick = ServerBans(), {casefold(user.nick): user for user in here}
    bans.enter(ban)
    assert meant_by(ban, by_nick) == [user for user in by_nick.values() if bans.on_user(user) is not None]
