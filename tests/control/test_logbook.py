"""The log for those who follow it from elsewhere."""

from __future__ import annotations

import logging

from chatkit.control.logbook import MAX_LINES, Logbook
from chatkit.ircd.events import Cause, Connected, Joined, Registered, Said, StoreFailed

BY = Cause(1_800_000_000_000_000, "alice!a@host")


def texts(logbook: Logbook, **wanted: object) -> list[str]:
    asked = {"after": 0, "limit": 100, "level": "info", "word": "", **wanted}
    return [line.text for line in logbook.page(**asked).lines]


def come(nick: str) -> Registered:
    return Registered(BY, nick, "192.0.2.1")


def test_it_keeps_what_happens_but_not_what_is_said():
    logbook = Logbook()
    logbook.put([Connected(BY), come("alice"), Joined(BY, "#tea"), Said(BY, "PRIVMSG", "#tea", "#tea", "k", "secret")])
    assert texts(logbook) == ["New connection: alice!a@host", "User joined: alice"]


def test_the_newest_are_shown_the_oldest_first():
    logbook = Logbook()
    logbook.put([come(f"user{number}") for number in range(5)])
    assert texts(logbook, limit=2) == ["User joined: user3", "User joined: user4"]


def test_one_goes_on_where_one_was():
    logbook = Logbook()
    logbook.put([come("alice")])
    cursor = logbook.page(0, 10, "info", "").cursor
    assert logbook.page(cursor, 10, "info", "") == logbook.page(cursor, 10, "info", "")
    assert texts(logbook, after=cursor) == []
    logbook.put([come("bob")])
    assert texts(logbook, after=cursor) == ["User joined: bob"]


def test_a_word_chooses_whatever_its_case():
    logbook = Logbook()
    logbook.put([come("alice"), come("Bob")])
    assert texts(logbook, word="bOb") == ["User joined: Bob"]


def test_levels_choose_problems():
    logbook = Logbook()
    logbook.start()
    try:
        logbook.put([come("alice"), StoreFailed(BY, "disk full")])
        logging.getLogger("chatkit.test").warning("careful")
        logging.getLogger("chatkit.test").error("broken")
        logging.getLogger("chatkit.test").info("not kept")
    finally:
        logbook.stop()
    logging.getLogger("chatkit.test").error("after the end")
    failed = "Read-only: messages cannot be stored (disk full)"
    assert texts(logbook, level="warning") == [failed, "warning: careful", "error: broken"]
    assert texts(logbook, level="error") == ["error: broken"]


def test_it_keeps_so_many_lines_and_no_more():
    logbook = Logbook()
    logbook.put([come(f"user{number}") for number in range(MAX_LINES + 10)])
    found = texts(logbook, limit=MAX_LINES + 10)
    assert (len(found), found[0]) == (MAX_LINES, "User joined: user10")
