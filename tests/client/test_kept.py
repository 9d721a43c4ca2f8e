"""Small files that outlive the program: state of any kind, and the last places."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from chatkit.client.kept import Kept, replace_file
from chatkit.client.remembered import MAX_RECENT, Recent, Remembered, recall, remember


class Box(msgspec.Struct, frozen=True):
    number: int = 7


def test_what_is_kept_comes_back() -> None:
    assert Kept("box.json", Box).load() == Box()
    Kept("box.json", Box).save(Box(8))
    assert Kept("box.json", Box).load() == Box(8)


def test_only_the_user_may_read_it() -> None:
    box = Kept("box.json", Box)
    box.save(Box(8))
    assert stat.S_IMODE(box.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"number": "x"}', b"[]"])
def test_a_broken_file_is_as_good_as_none(content: bytes) -> None:
    box = Kept("box.json", Box)
    box.path.parent.mkdir(parents=True, exist_ok=True)
    box.path.write_bytes(content)
    assert box.load() == Box()


def test_a_directory_that_cannot_be_written_keeps_nothing_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CHATKIT_CONFIG_DIR", str(tmp_path / "file" / "below"))
    Kept("box.json", Box).save(Box(8))
    assert Kept("box.json", Box).load() == Box()


def test_what_is_kept_in_memory_reaches_no_file() -> None:
    box = Kept("box.json", Box, in_memory=True)
    box.save(Box(8))
    assert box.load() == Box(8)
    assert not box.path.exists()


def test_a_symbolic_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    link, target = tmp_path / "link", tmp_path / "dotfiles" / "file"
    target.write_text("old")
    link.symlink_to(target)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_the_place_of_the_last_time_is_the_default_of_the_next() -> None:
    assert recall() == Remembered()
    remember(Remembered("chat.example:6667", "Alice"))
    remember(Remembered("other.example", "Al"))
    assert recall() == Remembered("other.example", "Al")
    assert [place.address for place in Recent().list()] == ["other.example", "chat.example:6667"]


def test_a_place_is_listed_once_and_the_oldest_makes_room() -> None:
    recent = Recent(in_memory=True)
    for number in range(MAX_RECENT + 1):
        recent.add(Remembered(f"host{number}"))
    recent.add(Remembered("host5", "Al"))
    addresses = [place.address for place in recent.list()]
    assert addresses[0] == "host5"
    assert len(addresses) == len(set(addresses)) == MAX_RECENT
    assert "host0" not in addresses
    recent.forget("host5")
    assert "host5" not in [place.address for place in recent.list()]


def test_how_a_host_was_reached_is_known_the_next_time() -> None:
    assert Recent().endpoint("chat.example") == ""
    Recent().keep_endpoint("Chat.Example", "ircs:6697")
    Recent().add(Remembered("chat.example"))
    assert Recent().endpoint("chat.example") == "ircs:6697"
    for number in range(MAX_RECENT):
        Recent().keep_endpoint(f"host{number}", "irc:6667")
    assert Recent().endpoint("chat.example") == ""


def test_keeping_leaves_no_other_file_behind() -> None:
    box = Kept("box.json", Box)
    box.save(Box(8))
    box.save(Box(9))
    assert [each.name for each in box.path.parent.iterdir()] == [box.path.name]
