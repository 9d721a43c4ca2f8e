"""MODE of users.

Spec: https://modern.ircdocs.horse/#user-mode
"""

import pytest

from tests.ircd.people import begin, log_in, open_account


@pytest.mark.smoke
def test_ones_own_modes_are_shown_and_changed(bob):
    assert bob.ask("MODE BOB", "MODE bob +iw-i+B", "MODE bob +R", "MODE bob") == [
        ":chat.test 221 bob +",
        ":bob!~bob@127.0.0.1 MODE bob +wB",
        ":bob!~bob@127.0.0.1 MODE bob +R",
        ":chat.test 221 bob +BRw",
    ]


def test_what_changes_nothing_is_not_told(bob):
    bob.send("MODE bob +i")
    assert bob.ask("MODE bob +i", "MODE bob -w", "MODE bob +") == []
    assert bob.ask("MODE bob :") == [":chat.test 221 bob +i"]  # no modes are asked for


@pytest.mark.parametrize("change", ["+o", "+Z", "-Z", "+oZ"])
def test_nobody_makes_himself_an_operator_or_secure(bob, change):
    assert bob.ask(f"MODE bob {change}", "MODE bob") == [":chat.test 221 bob +"]


def test_of_several_letters_those_that_are_known_are_applied(bob):
    """The server MUST apply the modes that are implemented, and then send ERR_UMODEUNKNOWNFLAG."""
    assert bob.ask("MODE bob +xiy") == [
        ":bob!~bob@127.0.0.1 MODE bob +i",
        ":chat.test 501 bob :Unknown MODE flag",
    ]


def test_the_modes_of_others_are_their_own(bob, alice):
    assert bob.ask("MODE alice", "MODE alice +i", "MODE nobody", "MODE nobody +i") == [
        *[":chat.test 502 bob :Cannot change mode for other users"] * 2,
        *[":chat.test 401 bob nobody :No such nick/channel"] * 2,
    ]


def test_every_device_sees_a_change(net):
    account = open_account(net, "Carol")
    phone, laptop = log_in(net, account), log_in(net, account)
    phone.send("MODE Carol +i")
    assert phone.received() == laptop.received() == [":Carol!~u@127.0.0.1 MODE Carol +i"]


def test_z_is_for_who_is_connected_securely_with_every_device(net):
    account = open_account(net, "Carol")
    phone = begin(net, account)
    net.ircd.secured(phone.session, None)
    assert phone.ask("NICK Carol", "USER u 0 * :C")[-1] == ":chat.test 221 Carol +Z"
    laptop = begin(net, account)
    lines = laptop.ask("NICK Carol", "USER u 0 * :C")
    assert " 001 " in lines[0]
    assert not any(" MODE " in line for line in lines)
    assert phone.received() == [":Carol!~u@127.0.0.1 MODE Carol -Z"]
    net.disconnect(laptop)
    assert phone.received() == [":Carol!~u@127.0.0.1 MODE Carol +Z"]
