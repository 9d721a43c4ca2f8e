"""SASL: the pieces of AUTHENTICATE, PLAIN and EXTERNAL."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto import sasl
from chatkit.proto.sasl import Assembler, Login, SaslAborted, SaslError, SaslTooLong

ANY_BYTES = st.binary(max_size=sasl.MAX_RESPONSE * 3 // 4)
FIELD = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


def assembled(pieces: list[str]) -> bytes | None:
    """What an assembler says to the last of ``pieces``; to those before it says None."""
    assembler = Assembler()
    answers = [assembler.add(piece) for piece in pieces]
    assert answers[:-1] == [None] * (len(pieces) - 1)
    return answers[-1]


@pytest.mark.smoke
def test_an_empty_response_is_a_plus():
    assert sasl.chunks(b"") == ["+"]
    assert assembled(["+"]) == b""


def test_the_specifications_example_comes_out():
    assert assembled(["amlsbGVzAGppbGxlcwBzZXNhbWU="]) == b"jilles\0jilles\0sesame"


@pytest.mark.parametrize(("size", "lengths"), [(1, [4]), (297, [396]), (300, [400, 1]), (303, [400, 4])])
def test_if_the_last_chunk_was_exactly_400_bytes_long_it_must_also_be_followed_by_a_plus(size, lengths):
    pieces = sasl.chunks(b"x" * size)
    assert [len(piece) for piece in pieces] == lengths
    assert (pieces[-1] == "+") == (lengths[-1] == 1)
    assert assembled(pieces) == b"x" * size


@given(ANY_BYTES)
def test_what_was_cut_into_pieces_is_put_together_again(data):
    assert assembled(sasl.chunks(data)) == data


@pytest.mark.parametrize("text", ["a", "ab=", "ab==c", "a b=", "ü", "amlsbGVz!", "=", "ab\n=="])
def test_what_is_no_base64_is_refused(text):
    with pytest.raises(SaslError, match="no base64"):
        Assembler().add(text)


def test_a_chunk_longer_than_400_bytes_is_too_long():
    with pytest.raises(SaslTooLong):
        Assembler().add("A" * 401)


def test_a_response_past_the_limit_is_too_long():
    assembler = Assembler()
    for _ in range(sasl.MAX_RESPONSE // sasl.CHUNK):
        assert assembler.add("A" * sasl.CHUNK) is None
    with pytest.raises(SaslTooLong):
        assembler.add("AAAA")


def test_an_asterisk_aborts():
    with pytest.raises(SaslAborted):
        Assembler().add("*")


@pytest.mark.parametrize("bad", ["*", "?", "A" * 401])
def test_after_an_error_a_new_response_begins(bad):
    assembler = Assembler()
    assert assembler.add("A" * 400) is None
    with pytest.raises(SaslError):
        assembler.add(bad)
    assert assembler.add("YWJj") == b"abc"


@given(FIELD, FIELD)
def test_a_plain_login_arrives_as_it_was_sent(account, password):
    assert sasl.parse_plain(sasl.format_plain(account, password)) == Login(account, password)


@pytest.mark.parametrize("data", [b"bob\0bob\0secret", b"\0bob\0secret", b"BOB\0bob\0secret"])
def test_an_authzid_may_only_name_the_same_account(data):
    assert sasl.parse_plain(data) == Login("bob", "secret")
    with pytest.raises(SaslError, match="act for another"):
        sasl.parse_plain(b"alice\0bob\0secret")


@pytest.mark.parametrize(
    "data", [b"", b"bob", b"bob\0secret", b"\0\0", b"\0bob\0", b"\0\0secret", b"\0a\0b\0c", b"\0b\xff\0secret"]
)
def test_a_malformed_plain_response_is_refused(data):
    with pytest.raises(SaslError):
        sasl.parse_plain(data)


@pytest.mark.parametrize("login", [("b\0b", "secret"), ("bob", "se\0cret")])
def test_a_client_sends_no_nul_within_a_field(login):
    with pytest.raises(SaslError):
        sasl.format_plain(*login)


def test_a_login_does_not_show_its_password():
    assert "secret" not in repr(Login("bob", "secret")) + str(Login("bob", "secret"))


def test_external_may_name_the_account():
    assert sasl.parse_external(sasl.format_external()) == ""
    assert sasl.parse_external(sasl.format_external("bob")) == "bob"


@pytest.mark.parametrize("data", [b"\xff", b"bob\0"])
def test_a_malformed_external_response_is_refused(data):
    with pytest.raises(SaslError):
        sasl.parse_external(data)


@given(st.binary())
def test_no_response_does_worse_than_a_refusal(data):
    for parse in (sasl.parse_plain, sasl.parse_external):
        with contextlib.suppress(SaslError):
            parse(data)
