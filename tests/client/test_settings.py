"""The settings file: read strictly, written so that nothing of its user's is lost."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from chatkit.client import settings_store
from chatkit.client.settings import (
    BY_KEY,
    NOT_LISTED,
    ROWS,
    Appearance,
    ClientSettings,
    Network,
    RoomSettings,
    SettingError,
    from_text,
    in_words,
    room_key,
    value_of,
    written,
)
from chatkit.client.settings_store import SettingsStore

LIBERA = Network("libera", "irc.libera.chat", account="alice", rooms=("#python",))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_every_setting_is_a_row_and_every_row_a_setting() -> None:
    keys = {
        f"{section.name}.{field.name}": field
        for section in msgspec.structs.fields(ClientSettings)
        if section.name not in ("networks", "rooms")
        for field in msgspec.structs.fields(section.type)
    }
    assert set(keys) - NOT_LISTED == set(BY_KEY)
    kinds = {bool: "yesno", int: "number", tuple: "words"}
    for row in ROWS:
        default = value_of(ClientSettings(), row.key)
        assert row.kind in {kinds.get(type(default), ""), "choice", "text", "time"}
        assert bool(row.choices) == (row.kind == "choice")
        if row.kind == "choice":
            assert set(row.choices) == set(keys[row.key].type.__args__)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_what_is_written_is_what_one_types(row) -> None:
    store = SettingsStore.in_memory()
    text = written(store.current, row.key)
    assert store.set(row.key, from_text(row.key, text)) == ClientSettings()


def test_what_is_set_holds_at_once_and_the_next_time(file: Path) -> None:
    store = SettingsStore(file)
    assert store.set("appearance.theme", "light").appearance.theme == "light"
    store.set("alerts.keywords", ["deploy", "fire"])
    assert SettingsStore(file).current == store.current
    assert SettingsStore(file).current.alerts.keywords == ("deploy", "fire")


def test_only_the_user_may_read_the_file(file: Path) -> None:
    SettingsStore(file).set("appearance.theme", "light")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_comments_stay_where_they_are(file: Path) -> None:
    file.write_text('# mine\n[appearance]\ntheme = "dark"  # at night\n\n[talk]\n# none\n')
    SettingsStore(file).set("appearance.theme", "light")
    assert file.read_text() == '# mine\n[appearance]\ntheme = "light"  # at night\n\n[talk]\n# none\n'


def test_what_was_written_by_hand_meanwhile_stays(file: Path) -> None:
    store = SettingsStore(file)
    file.write_text('[appearance]\nclock = "12"\n')
    assert store.set("appearance.theme", "light").appearance.clock == "12"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[appearance", "not valid TOML"),
        ("[appearance]\ncolour = 1", "there is no setting appearance.colour"),
        ("[appearance]\ntheme = 'pink'", "appearance.theme: 'pink' is not one of system, dark"),
        ("[talk]\nhistory = -1", "talk.history: expected int >= 0"),
        ("[alerts]\nquiet_from = '25:00'", "alerts.quiet_from: it is a time of day"),
        ("[[networks]]\nname = 'a'", "networks[0]: object missing required field address"),
        ("[[networks]]\nname = 'a'\naddress = 'b'\npassword_from = 'hunter2'", "it is keyring, ask, file:PATH or"),
        ("[[networks]]\nname='a'\naddress='b'\n[[networks]]\nname='A'\naddress='c'", "two networks called a"),
    ],
)
def test_a_mistake_is_named_and_the_file_left_alone(file: Path, content: str, words: str) -> None:
    file.write_text(content)
    store = SettingsStore(file)
    assert words in store.trouble
    assert str(file) in store.trouble
    assert store.current == ClientSettings()
    assert store.set("appearance.theme", "light").appearance.theme == "light"
    assert store.set("appearance.clock", "12").appearance.theme == "light"
    assert file.read_text() == content


def test_a_password_that_stands_where_its_place_belongs_is_not_repeated(file: Path) -> None:
    file.write_text("[[networks]]\nname = 'a'\naddress = 'b'\npassword_from = 'hunter2'")
    assert "hunter2" not in SettingsStore(file).trouble


def test_a_mistake_made_by_hand_meanwhile_is_not_written_over(file: Path) -> None:
    store = SettingsStore(file)
    store.set("appearance.clock", "12")
    file.write_text("[oops")
    store.set("appearance.theme", "light")
    assert "not valid TOML" in store.trouble
    assert file.read_text() == "[oops"
    assert store.current.appearance.clock == "12"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("appearance.them", "dark", "there is no setting appearance.them; did you mean appearance.theme?"),
        ("colour", "dark", "there is no setting colour"),
        ("appearance.theme", "pink", "'pink' is not one of"),
        ("talk.history", "many", "talk.history: expected int, got str"),
        ("rooms.libera/#a.b.pinned", "x", "expected bool"),
        ("rooms.libera/#a.alerts", "x", "'x' is not one of all, mentions, none"),
        ("rooms.libera/#a.colour", "x", "there is no setting"),
    ],
)
def test_what_cannot_be_set_is_said_and_changes_nothing(file: Path, key: str, value: str, words: str) -> None:
    for store in (SettingsStore(file), SettingsStore.in_memory()):
        with pytest.raises(SettingError, match=words):
            store.set(key, value)
        assert store.current == ClientSettings()
        assert store.set("appearance.clock", "12").appearance == Appearance(clock="12")
        store.set("appearance.clock", "24")


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [("talk.typing", "perhaps", "is yes or no"), ("talk.history", "-3", "is a number"), ("nothing", "x", "no setting")],
)
def test_what_was_typed_wrongly_is_said(key: str, text: str, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        from_text(key, text)


def test_a_file_that_cannot_be_written_is_said_and_the_setting_holds(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(target: Path, data: bytes) -> None:
        raise OSError(30, "Read-only file system")

    store = SettingsStore(file)
    monkeypatch.setattr(settings_store, "replace_file", fail)
    with pytest.raises(SettingError, match=r"it holds for now, but .* can't be written: Read-only file system"):
        store.set("appearance.theme", "light")
    assert store.current.appearance.theme == "light"


def test_what_is_wanted_of_a_room(file: Path) -> None:
    store = SettingsStore(file)
    store.set(room_key("libera", "#Python.de", "alerts"), "all")
    store.set(room_key("libera", "#python.de", "pinned"), value=True)
    assert SettingsStore(file).current.room("libera", "#PYTHON.de") == RoomSettings("all", pinned=True)
    assert store.current.room("other", "#python.de") == RoomSettings()


def test_networks_are_added_changed_and_dropped(file: Path) -> None:
    file.write_text("# mine\n")
    store = SettingsStore(file)
    store.save_network(LIBERA)
    store.save_network(Network("home", "192.168.0.2"))
    store.set(room_key("libera", "#python", "alerts"), "all")
    changed = msgspec.structs.replace(LIBERA, name="Libera", account="", rooms=("#python", "#debian"))
    store.save_network(changed)
    assert SettingsStore(file).current.networks == (changed, Network("home", "192.168.0.2"))
    store.drop_network("LIBERA")
    store.drop_network("never")
    left = SettingsStore(file).current
    assert [network.name for network in left.networks] == ["home"]
    assert left.rooms == {}
    assert file.read_text().startswith("# mine\n")


def test_networks_written_in_one_line_can_be_added_to(file: Path) -> None:
    file.write_text('networks = [{ name = "home", address = "192.168.0.2" }]\n[talk]\ntyping = true\n')
    store = SettingsStore(file)
    store.save_network(LIBERA)
    assert [network.name for network in SettingsStore(file).current.networks] == ["home", "libera"]
    assert SettingsStore(file).current.talk.typing
    assert store.current.network("LIBERA") == LIBERA


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("appearance.theme", "the theme is system"),
        ("appearance.font", "the font is the system's"),
        ("appearance.font_size", "the font size is the system's"),
        ("talk.typing", "telling others that you type is on"),
        ("talk.say_typing", "saying who types is off"),
        ("talk.ignored", "you ignore nobody"),
        ("alerts.quiet_from", "the quiet hours begin at no time"),
    ],
)
def test_a_setting_is_said_in_words(key: str, said: str) -> None:
    assert in_words(ClientSettings(), key) == said
