"""The passwords of IRC operators."""

from __future__ import annotations

import pytest

from chatkit.config import Accounts, Config, ConfigError, Oper
from chatkit.ircd.requests import CheckOper
from chatkit.workers import Workers
from chatkit.workers.passwords import Passwords


def answer(query: object) -> None:
    return None


@pytest.fixture(scope="module")
def phc() -> str:
    return Passwords(answer, Accounts(argon2="test")).hash("secret").password


def workers(*opers: Oper) -> Workers:
    class Nothing:
        def answer(self, query: object) -> None:
            return None

    return Workers(Nothing(), Config(opers=opers, accounts=Accounts(argon2="test")))


def test_an_operator_is_known_by_his_password_alone(phc):
    found = workers(Oper("ada", password_hash=phc), Oper("ben", certfp="0" * 64))
    given = [("ada", "secret"), ("ada", "Secret"), ("ada", ""), ("ben", ""), ("ben", "secret"), ("nobody", "secret")]
    assert [found.answer(CheckOper(*pair)) for pair in given] == [True] + [False] * 5


def test_the_hash_may_be_in_a_file(phc, tmp_path):
    file = tmp_path / "ada"
    file.write_text(f"{phc}\nanything\n")
    assert workers(Oper("ada", password_file=str(file))).answer(CheckOper("ada", "secret")) is True


@pytest.mark.parametrize("text", ["secret\n", "", None, b"\xff"])
def test_a_file_without_a_hash_is_named(tmp_path, text):
    file = tmp_path / "ada"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError, match=f"^opers: password_file of 'ada': .*{file}"):
        workers(Oper("ada", password_file=str(file)))


def test_a_request_shows_no_password():
    assert "secret" not in repr(CheckOper("ada", "secret"))
