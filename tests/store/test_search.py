"""Full-text search: what is found, in what order, and that its index follows the history."""

from __future__ import annotations

import sqlite3
import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatkit.store.index import FILE_NAME
from chatkit.store.records import Forgotten, Record, Redaction, SearchQuery, TargetRenamed
from chatkit.store.words import expression
from tests.store.entries import happened, said, seqs, told


def search(store, text: str = "", **query: object) -> list[int]:
    return seqs(store.answer(SearchQuery(query.pop("targets", ("#room",)), query.pop("key", ""), text, **query)))


@pytest.mark.smoke
def test_what_was_said_a_moment_ago_is_found(store):
    store.append([said(1, text="the quick brown fox"), said(2, text="a lazy dog")])
    assert store.answer(SearchQuery(("#room",), "", "fox")) == [said(1, text="the quick brown fox")]
    store.append([said(3, text="another fox")])
    assert search(store, "fox") == [1, 3]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Déjà vu in Köln", "deja KOLN"),
        ("deja vu", "DÉJÀ"),
        ("Ünïcödé", "Ünïcödé"),
        ("the release notes are out", '"release notes"'),
        ("the release notes are out", "notes release"),
        ("the release notes are out", 'out "the release'),
        ("the release notes are out", "rele"),
        ("the release notes are out", "release no"),
        ("今日は東京へ行きます", "東京"),
        ("今日は東京へ行きます", "京へ行"),
        ("한국어로 말해요", "한국어"),
        ("สวัสดีครับ", "ดีครับ"),
        ("हिन्दी में", "हिन्दी"),
        ("nice\N{THUMBS UP SIGN}one", "\N{THUMBS UP SIGN}"),
        ("see https://example.org/a-b?c=d", "https://example.org/a-b?c=d"),
        ("\x02bo\x02ld and \x0304red\x03", "bold red"),
        ("\x01ACTION waves hello\x01", "waves"),
        ("long line that was\0 cut in two", "was cut"),
        ("un\0broken", "unbroken"),
        ("first line\nsecond line", "first second"),
        ("C++ and AND OR NOT NEAR(x)", "c++ and or not near(x)"),
        ("rm -rf *", "rm *"),
    ],
)
def test_a_text_is_found_by(store, text, query):
    store.append([said(1, text=text), said(2, text="something else")])
    assert search(store, query) == [1]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("the release notes are out", '"notes release"'),
        ("the release notes are out", "release today"),
        ("the release notes are out", "rele notes"),
        ("the release notes are out", "o"),
        ("the release notes are out", '"rele"'),
        ("今日は東京へ行きます", "京東"),
        ("some text", "!!! ... ***"),
        ("some text", '"'),
        ("some text", '""'),
        ("some text", " "),
        ("waves", "ACTION"),
        ("\x01ACTION waves\x01", "ACTION"),
    ],
)
def test_a_text_is_not_found_by(store, text, query):
    store.append([said(1, text=text)])
    assert search(store, query) == []


HOSTILE = st.text(
    st.sampled_from("ab\"*^:(){}+-'\\ \0\x01\x02\ud800é京\N{THUMBS UP SIGN}\u0301\ufe0fANDORNOTNEAR"), max_size=40
)


@given(st.lists(HOSTILE | st.text(max_size=20), min_size=50, max_size=100))
def test_no_query_is_a_syntax_error(queries):
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
    for query in queries:
        match = expression(query)
        if match is not None:
            db.execute("SELECT rowid FROM words WHERE words MATCH ?", (f"{{text}} : ({match})",)).fetchall()
    db.close()


def test_a_query_of_many_words_is_cut_short(store):
    store.append([said(1, text="word " * 10)])
    assert search(store, "word " * 1000) == [1]


# Where, who, when


def test_only_the_given_rooms_and_the_keys_conversations_are_searched(store):
    store.append([said(1, "#a", "hit"), said(2, "#b", "hit"), told(3, "bob", "alice", "hit"), told(4, "x", "y", "hit")])
    assert search(store, "hit", targets=("#a",)) == [1]
    assert search(store, "hit", targets=("#a", "#b", "#nowhere")) == [1, 2]
    assert search(store, "hit", targets=("#b",), key="~alice") == [2, 3]
    assert search(store, "hit", targets=(), key="~stranger") == []


def test_one_target_is_searched_if_it_is_among_them(store):
    store.append([said(1, "#a", "hit"), said(2, "#b", "hit"), told(3, "bob", "alice", "hit"), told(4, "x", "y", "hit")])
    every = {"targets": ("#a", "#b"), "key": "~alice"}
    assert search(store, "hit", **every, in_target="#b") == [2]
    assert search(store, "hit", **every, in_target="~alice ~bob") == [3]
    assert search(store, "hit", **every, in_target="~x ~y") == []
    assert search(store, "hit", **every, in_target="#other") == []


@pytest.mark.parametrize("nick", ["bob", "[x]^_`{|}", "Grüße", "a-b"])
def test_a_nick_is_one_word_in_any_case(store, nick):
    store.append([said(1, text="hit", nick=nick), said(2, text="hit", nick=nick + "2"), said(3, text=nick)])
    assert search(store, "hit", sender=nick.lower()) == [1]
    store.append([said(4, text="hit", nick=nick.upper() if nick.isascii() else nick)])
    assert search(store, sender=nick.lower())[-1] == 4


def test_bounds_are_exclusive_and_the_newest_are_given_in_order(store):
    store.append(said(seq, text="hit") for seq in range(1, 11))
    assert search(store, "hit", after=3, before=8) == [4, 5, 6, 7]
    assert search(store, "hit", limit=3) == [8, 9, 10]
    assert search(store, "hit", limit=2, before=6) == [4, 5]
    assert search(store, "hit", limit=2, after=6, newest=False) == [7, 8]
    assert search(store) == [*range(1, 11)]


def test_nothing_from_before_the_asker_joined_is_found(store):
    store.append(said(seq, "#a" if seq % 2 else "#b", "hit") for seq in range(1, 11))
    both = ("#a", "#b")
    assert search(store, "hit", targets=both, since=(5, 0)) == [2, 4, 5, 6, 7, 8, 9, 10]
    assert search(store, "hit", targets=both, since=(7, 8), limit=3) == [8, 9, 10]
    assert search(store, "hit", targets=both, since=(7, 8), limit=3, newest=False) == [7, 8, 9]
    assert search(store, "hit", targets=both, since=(99, 8)) == [8, 10]


def test_many_targets_can_be_searched_at_once(store):
    names = tuple(f"#room{number}" for number in range(1200))
    store.append(said(number + 1, name, "hit") for number, name in enumerate(names))
    assert search(store, "hit", targets=names, limit=2000) == [*range(1, 1201)]


def test_events_are_not_found(store):
    store.append([happened(1, command="TOPIC"), said(2, text="room")])
    assert search(store, "room") == [2]


# The index


def test_what_was_deleted_is_not_found(store):
    store.append([said(1, text="hit"), said(2, text="hit"), said(3, "#other", "hit")])
    assert search(store, "hit", targets=("#room", "#other")) == [1, 2, 3]
    store.append([Redaction("#room", 1), Forgotten("#other")])
    assert search(store, "hit", targets=("#room", "#other")) == [2]


def test_a_renamed_room_is_searched_under_its_new_name(store):
    store.append([said(1, text="hit")])
    assert search(store, "hit") == [1]
    store.append([TargetRenamed("#room", "#new")])
    assert search(store, "hit") == []
    assert search(store, "hit", targets=("#new",)) == [1]


def test_what_was_said_before_a_restart_is_found(open_store):
    store = open_store()
    store.append([said(1, text="hit")])
    store.index()
    store.append([said(2, text="hit")])
    store.close()
    assert search(open_store(), "hit") == [1, 2]


def test_the_index_can_be_removed_while_it_is_in_use(store, tmp_path):
    store.append(said(seq, text="hit") for seq in range(1, 1201))
    assert len(search(store, "hit", limit=2000)) == 1200
    for path in tmp_path.glob(FILE_NAME + "*"):
        path.unlink()
    store.append([said(2000, text="hit"), Redaction("#room", 7)])
    assert search(store, "hit", limit=2000) == [*(seq for seq in range(1, 1201) if seq != 7), 2000]


@pytest.mark.parametrize("content", [b"", b"this is no database " * 1000, b"SQLite format 3\0" + bytes(5000)])
def test_a_damaged_index_is_made_anew(store, tmp_path, content):
    store.append([said(1, text="hit")])
    (tmp_path / FILE_NAME).write_bytes(content)
    assert search(store, "hit") == [1]


def test_the_index_of_another_database_is_made_anew(open_store, tmp_path):
    store = open_store()
    store.append([said(1, text="hit")])
    assert search(store, "hit") == [1]
    store.close()
    for path in tmp_path.glob("chatkit.db*"):
        path.unlink()
    store = open_store()
    store.append([said(1, "#other", "else")])
    assert search(store, "hit") == []
    assert search(store, "else", targets=("#other",)) == [1]
    store.index()
    assert b"hit" not in (tmp_path / FILE_NAME).read_bytes()


def test_an_index_of_an_older_layout_is_made_anew(store, tmp_path, monkeypatch):
    store.append([said(1, text="hit")])
    assert search(store, "hit") == [1]
    store._index.close()
    db = sqlite3.connect(tmp_path / FILE_NAME)
    db.execute("PRAGMA user_version = 99")
    db.close()
    assert search(store, "hit") == [1]


def test_the_newest_is_in_the_index_first(store, monkeypatch):
    monkeypatch.setattr("chatkit.store.index.SLICE", 10)
    monkeypatch.setattr("chatkit.store.database.WORK_SECONDS", 0.0)
    store.append(said(seq, text="hit") for seq in range(1, 101))
    assert store.index(), "there is more to do"
    assert search(store, "hit")[-10:] == [*range(91, 101)]
    while store.index():
        pass
    assert search(store, "hit") == [*range(1, 101)]


def test_the_index_is_for_its_owner_alone(store, tmp_path):
    store.append([said(1)])
    store.index()
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob(FILE_NAME + "*")}
    assert FILE_NAME in modes
    assert set(modes.values()) == {0o600}


def test_several_search_while_somebody_writes(store):
    done, wrong = threading.Event(), []

    def look() -> None:
        while not done.is_set():
            found = search(store, "hit", limit=10_000)
            if found != [*range(1, len(found) + 1)]:
                wrong.append(found)

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for seq in range(1, 301):
        store.append([said(seq, text="hit")])
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(search(store, "hit", limit=10_000)) == 300


def test_a_bot_and_its_account_come_back(store):
    record = Record(1, "#room", "NOTICE", "ci!u@h", "ci", "#Room", "build passed", account="CI", bot=True)
    store.append([record])
    assert store.answer(SearchQuery(("#room",), "", "build")) == [record]
