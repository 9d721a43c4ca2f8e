"""Lines against irc-parser-tests, and the properties that hold for every line."""

from __future__ import annotations

import contextlib

import parser_tests.data
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.proto.message import Message, ParseError, format_line, parse
from tests.proto.strategies import ANY_TEXT, COMMANDS, LINE_TEXT, PARAMS, TAGS, WORD

SPLIT = parser_tests.data.msg_split["tests"]
JOIN = parser_tests.data.msg_join["tests"]


@pytest.mark.smoke
@pytest.mark.parametrize("case", SPLIT, ids=[case["input"] for case in SPLIT])
def test_a_line_splits_as_irc_parser_tests_say(case):
    atoms = case["atoms"]
    assert parse(case["input"]) == Message(
        atoms["verb"].upper(), atoms.get("params", []), atoms.get("source"), atoms.get("tags", {})
    )


@pytest.mark.smoke
@pytest.mark.parametrize("case", JOIN, ids=[case["desc"] for case in JOIN])
def test_a_line_is_written_as_irc_parser_tests_say(case):
    atoms = case["atoms"]
    line = format_line(atoms["verb"], atoms.get("params", []), atoms.get("source"), atoms.get("tags"))
    assert line in case["matches"]


@given(COMMANDS, PARAMS, st.none() | WORD, TAGS)
def test_what_is_written_reads_back(command, params, source, tags):
    assert parse(format_line(command, params, source, tags)) == Message(command, params, source, tags)


@given(LINE_TEXT)
def test_what_was_read_can_be_written_and_reads_the_same(line):
    try:
        message = parse(line)
    except ParseError:
        return
    if message.source == "" or any("\0" in value for value in message.tags.values()):
        return
    assert parse(format_line(message.command, message.params, message.source, message.tags)) == message


@given(ANY_TEXT)
def test_any_text_is_a_message_or_a_parse_error(line):
    with contextlib.suppress(ParseError):
        assert parse(line).command


@pytest.mark.parametrize(
    "line", ["", " ", ":source", ":source ", "@tag", "@tag :source", ":source :no command", ":a :b"]
)
def test_a_line_without_a_command_is_refused(line):
    with pytest.raises(ParseError):
        parse(line)


def test_spaces_in_a_row_separate_as_one_does():
    assert parse("@a  :bob   PRIVMSG  #room   :two  words ") == Message(
        "PRIVMSG", ["#room", "two  words "], "bob", {"a": ""}
    )


def test_a_command_is_upper_case_but_no_other_letter_becomes_ascii():
    assert parse("privmsg").command == "PRIVMSG"
    assert parse("joın").command != "JOIN"  # a dotless i, which Unicode's upper case makes an I


@pytest.mark.parametrize("param", ["", "two words", ":colon"])
def test_a_parameter_that_would_not_survive_in_the_middle_is_refused(param):
    with pytest.raises(ValueError, match="middle"):
        format_line("KICK", [param, "bob"])


@pytest.mark.parametrize("char", ["\r", "\n", "\0"])
@pytest.mark.parametrize("where", ["command", "params", "source"])
def test_nobody_can_smuggle_in_a_second_line(char, where):
    parts = {"command": "PRIVMSG", "params": ["#room", "hi"], "source": "bob"}
    parts[where] = ["#room", f"a{char}b"] if where == "params" else f"a{char}b"
    with pytest.raises(ValueError, match="CR, LF or NUL"):
        format_line(**parts)


def test_a_missing_parameter_has_a_default():
    message = parse("JOIN #room")
    assert (message.param(0), message.param(1), message.param(1, "key")) == ("#room", "", "key")
