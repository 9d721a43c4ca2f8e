"""What ``chatkit join`` begins with."""

from __future__ import annotations

import pytest

from chatkit.client.address import AddressError
from chatkit.client.keepsakes import Keepsakes
from chatkit.client.options import Start
from chatkit.client.remembered import Remembered
from chatkit.client.settings import Network, SettingError
from chatkit.client.starting import Wish, make_start

SECRET = "hunter2"
PRINT, OTHER = "ab" * 32, "cd" * 32


@pytest.fixture
def kept() -> Keepsakes:
    return Keepsakes.in_memory()


def begin(kept: Keepsakes, *, can_pick: bool = True, **words) -> Start:
    return make_start(Wish(software="tui", **words), kept.settings.current, kept.recent, can_pick=can_pick)


def addresses(start: Start) -> list[str]:
    return [str(options.address) for options in start.networks]


def test_who_gives_no_address_is_offered_places(kept: Keepsakes) -> None:
    kept.recent.add(Remembered("chat.example:6697", "Alice"))
    start = begin(kept)
    assert (start.networks, start.pick, start.suggestion, start.software) == ((), True, "Alice", "tui")


def test_a_pipe_goes_where_the_user_was_the_last_time(kept: Keepsakes) -> None:
    assert addresses(begin(kept, can_pick=False)) == ["127.0.0.1:55555"]
    kept.recent.add(Remembered("ircs://chat.example:6697", "Alice", PRINT))
    start = begin(kept, can_pick=False)
    assert addresses(start) == ["ircs://chat.example:6697"]
    assert start.networks[0].address.fingerprint == PRINT
    assert not start.pick


def test_an_address_is_gone_to_and_a_name_that_was_given_is_not_asked_for(kept: Keepsakes) -> None:
    start = begin(kept, address="irc://chat.example/den", nick="Al", rooms=("#a",), password=SECRET)
    (options,) = start.networks
    assert (str(options.address), options.address.room) == ("irc://chat.example", "#den")
    assert (options.nick, options.rooms, options.password) == ("Al", ("#a",), SECRET)
    assert (start.suggestion, start.pick) == (None, False)


def test_the_fingerprint_of_the_last_time_holds_until_another_is_given(kept: Keepsakes) -> None:
    kept.recent.add(Remembered("ircs://chat.example:6697", "Alice", PRINT))
    kept.recent.add(Remembered("elsewhere.example", "Alice"))
    assert begin(kept, address="ircs://chat.example:6697").networks[0].address.fingerprint == PRINT
    given = begin(kept, address="ircs://chat.example:6697", fingerprint=OTHER)
    assert given.networks[0].address.fingerprint == OTHER


def test_saved_networks_are_connected_to_all_at_once(kept: Keepsakes) -> None:
    kept.settings.save_network(Network("libera", "irc.libera.chat", "Al"))
    kept.settings.save_network(Network("den", "192.0.2.7"))
    kept.settings.save_network(Network("seldom", "192.0.2.8", connect=False))
    start = begin(kept)
    assert [options.label for options in start.networks] == ["libera", "den"]
    assert start.suggestion is not None  # the den has no name yet
    assert [options.nick for options in start.named("Carol").networks] == ["Al", "Carol"]
    kept.settings.save_network(Network("den", "192.0.2.7", "Alice"))
    assert [options.nick for options in begin(kept).networks] == ["Al", "Alice"]
    assert begin(kept).suggestion is None


def test_a_saved_network_is_named(kept: Keepsakes) -> None:
    kept.settings.save_network(Network("Libera", "irc.libera.chat", "Al", account="al", rooms=("#python",)))
    (options,) = begin(kept, network="libera", rooms=("#den", "#python"), account="alice").networks
    assert (options.network, options.account, options.rooms) == ("Libera", "alice", ("#python", "#den"))


def test_an_unknown_network_is_answered_with_the_known_ones(kept: Keepsakes) -> None:
    with pytest.raises(SettingError, match="no network called libra; saved are: none yet"):
        begin(kept, network="libra")
    kept.settings.save_network(Network("libera", "irc.libera.chat"))
    with pytest.raises(SettingError, match="saved are: libera"):
        begin(kept, network="libra")


@pytest.mark.parametrize("address", ["192.0.2.7", "192.0.2.7:55555", "ircs://192.0.2.7:55555"])
def test_the_address_of_a_saved_network_is_that_network(kept: Keepsakes, address: str) -> None:
    kept.settings.save_network(Network("den", "192.0.2.7:55555", "Al", account="al"))
    (options,) = begin(kept, address=address).networks
    assert (options.network, options.account) == ("den", "al")


def test_options_for_one_network_are_not_given_to_several(kept: Keepsakes) -> None:
    """A password is for one server's eyes."""
    kept.settings.save_network(Network("libera", "irc.libera.chat"))
    assert begin(kept, password=SECRET).networks[0].password == SECRET
    kept.settings.save_network(Network("den", "192.0.2.7"))
    with pytest.raises(SettingError, match="say with --network"):
        begin(kept, password=SECRET)


def test_options_for_one_network_are_not_lost_on_a_choice(kept: Keepsakes) -> None:
    kept.recent.add(Remembered("chat.example:6697", "Alice"))
    start = begin(kept, rooms=("#den",))
    assert (addresses(start), start.pick) == (["chat.example:6697"], False)


def test_an_address_and_a_network_are_one_too_many(kept: Keepsakes) -> None:
    with pytest.raises(SettingError, match="not both"):
        begin(kept, network="libera", address="chat.example")


def test_a_mistake_in_a_saved_address_is_said(kept: Keepsakes) -> None:
    kept.settings.save_network(Network("broken", "http://x"))
    with pytest.raises(AddressError):
        begin(kept)


def test_passwords_are_never_shown() -> None:
    assert SECRET not in repr(Wish(password=SECRET))
