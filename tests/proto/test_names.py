"""Nicks, rooms, keys and user names."""

from __future__ import annotations

import pytest
from hypothesis import given

from chatkit.proto import names
from chatkit.proto.message import Message, format_line, parse
from tests.proto.strategies import ANY_TEXT

GOOD_NICKS = ["a", "Alice", "[bot]", "Zoë", "Борис", "小明", "a1-_", "x" * names.NICK_LEN]
BAD_NICKS = [
    "",
    "1a",
    "-a",
    "a b",
    "a,b",
    "a!b",
    "a@b",
    "#a",
    "@a",
    ":a",
    "a*",
    "a\u200b",
    "\u0301a",
    "Zoe\u0308",
    "a\n",
]
GOOD_ROOMS = ["#a", "##", "#Räume", "#日本", "#" + "x" * (names.CHANNEL_LEN - 1)]
BAD_ROOMS = [
    "",
    "#",
    "a",
    "&a",
    "#a b",
    "#a,b",
    "#a\x07",
    "#a:b",
    "#a\u202eb",
    "#a\u200b",
    "#e\u0301",
    "#" * (names.CHANNEL_LEN + 1),
]


@pytest.mark.smoke
@pytest.mark.parametrize("name", GOOD_NICKS)
def test_a_good_nick(name):
    assert names.is_nick(name)


@pytest.mark.smoke
@pytest.mark.parametrize("name", [*BAD_NICKS, "x" * (names.NICK_LEN + 1)])
def test_a_bad_nick(name):
    assert not names.is_nick(name)


@pytest.mark.parametrize("name", GOOD_ROOMS)
def test_a_good_room(name):
    assert names.is_channel_name(name)


@pytest.mark.parametrize("name", BAD_ROOMS)
def test_a_bad_room(name):
    assert not names.is_channel_name(name)


@pytest.mark.parametrize("key", ["a", "p4$$w0rd", "a:b", "x" * names.KEY_LEN])
def test_a_good_key(key):
    assert names.is_key(key)


@pytest.mark.parametrize("key", ["", "a b", "a,b", ":a", "é", "a\x7f", "x" * (names.KEY_LEN + 1)])
def test_a_bad_key(key):
    assert not names.is_key(key)


@pytest.mark.parametrize(
    ("typed", "nick"),
    [("Zoe\u0308", "Zoë"), ("ｂｏｂ", "bob"), ("ﾊﾅｺ", "ハナコ"), ("BÖRIS", "BÖRIS"), ("שלום", "שלום"), ("l·l", None),
     ("ⅷ", None), ("①", None), ("a\u00adb", None), ("b\u00f6 b", None), ("é!b", None), ("३é", "३é"), ("٣é", None),
     ("a\ud800", None), ("אa", None), ("☃", None), ("1é", None), ("ａ" * 33, None), ("é" * 32, "é" * 32),
     ("小" * 22, None)],
)  # fmt: skip
def test_a_nick_is_prepared_as_precis_says(typed, nick):
    assert names.prepare_nick(typed) == nick


@pytest.mark.parametrize(
    ("typed", "room"),
    [("#e\u0301", "#é"), ("#❤\ufe0f", "#❤"), ("#🎉", "#🎉"), ("#a\u00a0b", None), ("#a\u3000b", None),
     ("#a\u2028b", None), ("#\u3164", None), ("#\ufe0f", None), ("#a\ud800", None), ("#" + "日" * 43, None),
     ("＃a", None)],
)  # fmt: skip
def test_a_room_is_prepared_as_precis_says(typed, room):
    assert names.prepare_channel(typed) == room


@given(ANY_TEXT)
def test_what_was_prepared_stays_as_it_is(text):
    for prepare in (names.prepare_nick, names.prepare_channel):
        prepared = prepare(text) or prepare(f"#{text}")
        assert prepared is None or prepare(prepared) == prepared


@pytest.mark.parametrize("address", ["a@b", "anna.lena+chat@mail.example.org", "用户@例子.广告", "o'neil@example.org"])
def test_a_good_mail_address(address):
    assert names.is_mail_address(address)


@pytest.mark.parametrize(
    "address",
    ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\n", "a@b\r\nRCPT TO:<c@d>", "<a@b>", "A <a@b>", "a@b,c@d", "a@b;",
     "a@.b", "a@b..c", "a@b.", '"a"@b', "a\0@b", "a" * 65 + "@b", "a@" + "b" * 253],
)  # fmt: skip
def test_a_bad_mail_address(address):
    assert not names.is_mail_address(address)


@given(ANY_TEXT)
def test_a_name_that_passes_stands_anywhere_in_a_line(name):
    if names.is_nick(name) or names.is_channel_name(name) or names.is_key(name):
        assert parse(format_line("X", [name, name])) == Message("X", [name, name])


@given(ANY_TEXT)
def test_a_nick_and_a_room_are_never_mistaken_for_each_other(name):
    assert not (names.is_nick(name) and names.is_channel_name(name))


@given(ANY_TEXT)
def test_a_suggested_nick_is_a_nick(name):
    assert names.is_nick(names.suggest_nick(name))


@pytest.mark.parametrize("name", GOOD_NICKS)
def test_a_good_nick_is_suggested_as_it_is(name):
    assert names.suggest_nick(name) == name


@pytest.mark.parametrize(
    ("typed", "nick"),
    [("  Anna Lena ", "AnnaLena"), ("42bob", "bob"), ("Zoe\u0308", "Zoë"), ("!?", "guest"), ("", "guest")],
)
def test_the_nearest_nick_to_what_was_typed(typed, nick):
    assert names.suggest_nick(typed) == nick


@given(ANY_TEXT)
def test_a_cleaned_user_name_fits_in_a_mask(name):
    user = names.clean_user(name)
    assert user[0] == "~"
    assert 1 < len(user) <= names.USER_LEN
    assert not set("!@*? :") & set(user)
    assert user.isascii()
