"""RPL_ISUPPORT: what the server says of itself, and the command that asks for it.

Spec: https://modern.ircdocs.horse/#rplisupport-parameters and https://ircv3.net/specs/extensions/extended-isupport
"""

import pytest

from chatkit.proto import modes, names
from chatkit.proto.isupport import TOKENS_A_LINE, parse_tokens


def tokens_of(lines):
    return parse_tokens(token for line in lines for token in line.split(" :are ")[0].split(" ")[3:])


@pytest.fixture
def isupport(bob):
    return tokens_of(bob.ask("ISUPPORT"))


def test_isupport_tells_the_limits_that_hold(isupport):
    assert isupport["NETWORK"] == "chat.test"
    assert isupport["CASEMAPPING"] == "ascii"
    assert isupport["NICKLEN"] == str(names.NICK_LEN)
    assert isupport["CHANNELLEN"] == str(names.CHANNEL_LEN)
    assert isupport["TOPICLEN"] == str(names.TOPIC_LEN)
    assert isupport["CHANMODES"] == modes.chanmodes_token()
    assert isupport["PREFIX"] == modes.prefix_token()
    assert isupport["MODES"] == str(modes.MAX_MODES)
    assert isupport["CHATHISTORY"] == "200"
    assert isupport["MSGREFTYPES"] == "msgid,timestamp"
    assert isupport["UTF8ONLY"] == ""


def test_targmax_is_what_messages_take(net, bob, isupport):
    limits = dict(item.split(":") for item in isupport["TARGMAX"].split(","))
    most = int(limits["PRIVMSG"])
    rooms = [f"#{number}" for number in range(most + 1)]
    net.gather(",".join(rooms), bob)
    assert bob.ask(f"PRIVMSG {','.join(rooms[:most])} :hi") == []
    assert bob.ask(f"PRIVMSG {','.join(rooms)} :hi")[0].split(" ")[1] == "407"


def test_isupport_names_the_network_and_shows_its_icon(make_net):
    network = {"name": "Chess Club", "icon": "https://example.org/icon.svg"}
    bob = make_net(network=network).register("bob")
    assert "NETWORK=Chess\\x20Club" in " ".join(bob.ask("ISUPPORT"))
    tokens = tokens_of(bob.ask("ISUPPORT"))
    assert (tokens["NETWORK"], tokens["draft/ICON"]) == ("Chess Club", "https://example.org/icon.svg")


def test_without_an_icon_there_is_no_token_for_it(isupport):
    assert "draft/ICON" not in isupport


def test_no_line_has_more_than_thirteen_tokens_and_each_has_one_once(net, bob, isupport):
    nick = "я" * names.NICK_LEN
    bob.send(f"NICK {nick}")
    seen = []
    for line in bob.ask("VERSION")[1:]:  # which checks their length
        head, _, end = line.partition(" :")
        assert end == "are supported by this server"
        words = head.split(" ")[3:]
        assert 1 <= len(words) <= TOKENS_A_LINE
        seen += [word.partition("=")[0] for word in words]
    assert sorted(seen) == sorted(isupport)


# draft/extended-isupport


def test_isupport_can_be_asked_for_before_registration(net):
    """The server MUST accept ISUPPORT commands before connection registration completes."""
    client = net.connect()
    client.send("CAP REQ :batch draft/extended-isupport")
    opening, *lines, closing = client.ask("ISUPPORT")
    reference = opening.removeprefix(":chat.test BATCH +").removesuffix(" draft/isupport")
    assert closing == f":chat.test BATCH -{reference}"
    assert all(line.startswith(f"@batch={reference} :chat.test 005 * ") for line in lines)


def test_without_the_capability_it_is_for_the_registered(net, bob):
    assert net.connect().ask("ISUPPORT") == [":chat.test 451 * :You have not registered"]
    assert {line.split(" ")[1] for line in bob.ask("ISUPPORT")} == {"005"}


@pytest.mark.parametrize("caps", ["batch draft/extended-isupport", "draft/extended-isupport batch"])
def test_no_isupport_comes_outside_of_a_batch(net, caps):
    """The server MUST NOT send any unbatched RPL_ISUPPORT message while both of these capabilities are enabled."""
    client = net.connect()
    lines = client.ask(f"CAP REQ :{caps}", "NICK alice", "USER a 0 * :A", "CAP END", "VERSION")
    found = [line for line in lines if " 005 " in line]
    assert found
    assert all(line.startswith("@batch=") for line in found)
