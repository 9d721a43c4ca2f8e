"""What is kept of passwords, and how long it takes to check them."""

from __future__ import annotations

import argon2
import msgspec
import pytest

from chatkit.config import Accounts, Config, ConfigError, Mail
from chatkit.ircd.requests import (
    CREDENTIALS,
    CheckPassword,
    Credentials,
    HashPassword,
    LoadCredentials,
    SendMail,
    Work,
)
from chatkit.proto import scram
from chatkit.store.records import DocumentQuery
from chatkit.workers import Workers
from chatkit.workers.passwords import PROFILES, Passwords

CONFIG = Config(accounts=Accounts(argon2="test"))


class Documents:
    """A store of documents alone."""

    def __init__(self) -> None:
        self.bodies: dict[tuple[str, str], bytes] = {}

    def answer(self, query):
        assert isinstance(query, DocumentQuery)
        return self.bodies.get((query.kind, query.key))

    def put(self, key: str, credentials: Credentials) -> None:
        self.bodies[CREDENTIALS, key] = msgspec.json.encode(credentials)


@pytest.fixture
def documents():
    return Documents()


@pytest.fixture
def workers(documents):
    return Workers(documents, CONFIG)


@pytest.fixture
def account(workers, documents):
    """Make an account with a key and a password."""

    def account(key: str, password: str) -> None:
        documents.put(key, workers.answer(HashPassword(password)))

    return account


@pytest.mark.smoke
def test_an_account_is_known_by_its_password_alone(workers, account):
    account("1", "correct horse")
    assert workers.answer(CheckPassword("1", "correct horse")) is True
    assert workers.answer(CheckPassword("1", "correct horsf")) is False
    assert workers.answer(CheckPassword("2", "correct horse")) is False


def test_a_password_is_the_same_however_it_is_typed(workers, account):
    account("1", "caf\u00e9 cr\u00e8me")
    assert workers.answer(CheckPassword("1", "cafe\u0301\u00a0cre\u0300me"))


@pytest.mark.parametrize("password", ["", "a\0b", "x" * 301])
def test_what_may_not_be_a_password_is_none(workers, account, password):
    account("1", "correct horse")
    assert workers.answer(CheckPassword("1", password)) is False
    with pytest.raises(ValueError, match="may not be a password"):
        workers.answer(HashPassword(password))


def test_scram_knows_the_same_password(workers, account):
    account("1", "correct horse")
    keys = workers.answer(LoadCredentials("1")).scram
    assert keys == scram.make_keys("correct horse", CONFIG.accounts.scram_iterations, keys.salt)
    assert workers.answer(LoadCredentials("2")) is None


def test_a_password_of_characters_that_scram_forbids_goes_without_it(workers, account):
    account("1", "correct 🔑")
    assert workers.answer(LoadCredentials("1")).scram is None
    assert workers.answer(CheckPassword("1", "correct 🔑"))


def test_two_accounts_with_one_password_have_nothing_in_common(workers):
    one, other = (workers.answer(HashPassword("correct horse")) for _ in range(2))
    assert one.password != other.password
    assert (one.scram.salt, one.scram.stored_key) != (other.scram.salt, other.scram.stored_key)


@pytest.mark.parametrize("profile", PROFILES)
def test_an_unknown_account_is_checked_as_long_as_any(documents, monkeypatch, profile):
    passwords = Passwords(documents.answer, Accounts(argon2=profile))
    documents.put("1", passwords.hash("correct horse"))
    checked: list[argon2.Parameters] = []
    verify = argon2.PasswordHasher.verify

    def watched(self, phc, password):
        checked.append(argon2.extract_parameters(phc))
        return verify(self, phc, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", watched)
    assert passwords.check("1", "correct horse")
    assert not passwords.check("2", "correct horse")
    assert len(checked) == 2
    assert checked[0] == checked[1]
    assert checked[0].type is argon2.Type.ID


def test_the_recommended_profile_is_the_librarys():
    profile, library = PROFILES["recommended"], argon2.profiles.RFC_9106_LOW_MEMORY
    assert (profile.memory, profile.passes, profile.lanes) == (
        library.memory_cost,
        library.time_cost,
        library.parallelism,
    )


def test_an_account_outlives_a_change_of_profile(workers, account, documents):
    account("1", "correct horse")
    assert Passwords(documents.answer, Accounts(argon2="small")).check("1", "correct horse")


def test_no_request_and_no_credentials_show_a_secret(workers):
    kept = workers.answer(HashPassword("secret"))
    texts = [repr(HashPassword("secret")), repr(CheckPassword("1", "secret")), repr(SendMail("a@b", "c", "secret"))]
    assert not any("secret" in text for text in texts)
    assert kept.password not in repr(kept)


def test_every_kind_of_work_has_a_worker(workers):
    assert set(workers._table) == set(Work.__subclasses__())


def test_what_is_for_the_store_goes_to_the_store(workers, documents):
    documents.bodies["channel", "#a"] = b"{}"
    assert workers.answer(DocumentQuery("channel", "#a")) == b"{}"


def test_warming_up_loads_what_log_ins_need(workers):
    workers.warm_up()
    assert workers.answer(HashPassword("correct horse")).scram is not None


def test_a_mail_password_that_cannot_be_read_is_named(documents, tmp_path):
    config = Config(mail=Mail(password_file=str(tmp_path / "nowhere")))
    with pytest.raises(ConfigError, match=r"mail\.password_file: cannot read .*nowhere: No such file"):
        Workers(documents, config)
    (tmp_path / "empty").touch()
    with pytest.raises(ConfigError, match=r"empty has nothing in its first line"):
        Workers(documents, Config(mail=Mail(password_file=str(tmp_path / "empty"))))
