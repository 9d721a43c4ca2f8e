"""Where one could go: what is offered to whoever gives no address."""

from __future__ import annotations

import threading

import pytest

from chatkit.client import places
from chatkit.client.address import AddressError
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.places import HERE, Place, Places, name_at, options_of, taste_of
from chatkit.client.remembered import Remembered
from chatkit.client.settings import ClientSettings, Network
from chatkit.net.announcing import Announcement, Announcer
from chatkit.net.discovering import Announced, Discovery
from tests import own_service

LIBERA = Network("libera", "irc.libera.chat", "Al", account="alice", rooms=("#python",), sasl_required=True)
PRINT = "ab" * 32


@pytest.fixture
def kept() -> Keepsakes:
    return Keepsakes.in_memory()


def hear(places: Places, monkeypatch: pytest.MonkeyPatch, *servers: Announced) -> None:
    """Let the look-out find these."""

    class LookOut(Discovery):
        def start(self) -> None:
            self._on_change(servers)

        def stop(self) -> None:
            pass

    monkeypatch.setattr("chatkit.client.places.Discovery", LookOut)
    places.look(lambda: None)


def test_this_computer_is_always_offered(kept: Keepsakes) -> None:
    assert Places(kept).list() == (HERE,)


def test_saved_ones_come_first_then_the_last_ones_then_the_local_network(
    kept: Keepsakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.settings.save_network(LIBERA)
    kept.recent.add(Remembered("ircs://chat.example:6697", "Alice", PRINT))
    found = Places(kept)
    hear(found, monkeypatch, Announced("Den", "192.0.2.7", 55555, tls=True), Announced("Hut", "fe80::1", 6667))
    assert found.list() == (
        Place("saved", "libera", "irc.libera.chat", "Al", "libera"),
        Place("recent", "ircs://chat.example:6697", "ircs://chat.example:6697", "Alice", "", PRINT),
        Place("lan", "Den", "ircs://192.0.2.7:55555"),
        Place("lan", "Hut", "[fe80::1]:6667"),
        HERE,
    )


def test_a_server_is_offered_once_however_it_is_known(kept: Keepsakes, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.settings.save_network(Network("den", "192.0.2.7:55555"))
    kept.recent.add(Remembered("ircs://192.0.2.7:55555", "Alice"))
    kept.recent.add(Remembered("127.0.0.1:55555", "Alice"))
    found = Places(kept)
    hear(found, monkeypatch, Announced("Den", "192.0.2.7", 55555, tls=True))
    assert [(place.kind, place.nick) for place in found.list()] == [("saved", ""), ("recent", "Alice")]


def test_two_networks_at_one_address_are_both_offered(kept: Keepsakes) -> None:
    kept.settings.save_network(Network("work", "bouncer.example", account="me/work"))
    kept.settings.save_network(Network("play", "bouncer.example", account="me/play"))
    assert [place.name for place in Places(kept).list()][:2] == ["work", "play"]


def test_a_saved_network_is_joined_with_all_that_is_known_of_it(kept: Keepsakes) -> None:
    kept.settings.save_network(LIBERA)
    kept.settings.set("talk.history", 7)
    options = Places(kept).options(Places(kept).list()[0], "Al", "tui")
    assert (options.nick, options.network, options.account, options.rooms) == ("Al", "libera", "alice", ("#python",))
    assert (options.history, options.sasl_required, options.software) == (7, True, "tui")


def test_another_place_is_joined_with_its_certificate_under_the_given_name(kept: Keepsakes) -> None:
    kept.recent.add(Remembered("ircs://chat.example:6697", "Alice", PRINT))
    options = Places(kept).options(Places(kept).list()[0], "Dan")
    assert (options.nick, options.address.fingerprint, options.network) == ("Dan", PRINT, "")


@pytest.mark.parametrize(("typed", "used"), [("root", "Alice"), ("Dan", "Dan")])
def test_the_name_used_at_a_place_goes_before_what_is_offered_and_after_what_is_typed(typed: str, used: str) -> None:
    assert name_at(Place("recent", "chat.example", "chat.example", "Alice"), typed, "root") == used
    assert name_at(Place("here", "This computer", "127.0.0.1"), typed, "root") == typed


def test_an_address_that_is_none_is_said() -> None:
    with pytest.raises(AddressError):
        options_of(Network("broken", "http://x"), ClientSettings(), nick="Al")


def test_what_the_settings_mean_for_a_connection(kept: Keepsakes) -> None:
    assert taste_of(kept.settings.current).typing
    kept.settings.set("talk.typing", value=False)
    kept.settings.set("alerts.keywords", ["fire"])
    taste = taste_of(kept.settings.current)
    assert not taste.typing
    assert taste.keywords == ("fire",)


def test_an_announced_server_turns_up_in_the_list(kept: Keepsakes, monkeypatch: pytest.MonkeyPatch) -> None:
    own_service.use(own_service.new_kind(), monkeypatch)
    monkeypatch.setattr(places, "Discovery", lambda on_change: Discovery(on_change, ["127.0.0.1"]))
    changed = threading.Event()
    found = Places(kept)
    server = Announcer(Announcement("The den", "127.0.0.1", 4007, tls=True))
    found.look(changed.set)
    server.start()
    try:
        place = Place("lan", "The den", "127.0.0.1:4007")
        while place not in found.list():
            assert changed.wait(20)
            changed.clear()
    finally:
        server.stop()
        found.stop()
