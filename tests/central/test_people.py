"""People have a role and a token that is shown once; who is removed is out at once."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from fieldtool.central.entry_tables import person, session
from fieldtool.central.identity import open_store
from fieldtool.central.people import MAX_NAME, SESSIONS, People, Role
from fieldtool.central.turned_away import MAX_PEERS, OTHERS, TurnedAway
from fieldtool.core.errors import RefusedError, UsageError
from fieldtool.core.texts import Text
from tests.audit.support import Ticking
from tests.central.support import central_command


@pytest.fixture
def people(tmp_path: Path) -> Iterator[People]:
    store = open_store(tmp_path)
    yield People(store, Ticking())
    store.close()


def test_a_token_names_its_owner_and_stands_nowhere(people: People) -> None:
    made, token = people.add("Ada Lovelace", Role.APPROVER)
    found = people.by_token(token)
    assert (found.id, found.name, found.role) == (made.id, "Ada Lovelace", Role.APPROVER)
    secret = token.rpartition("-")[2] if token.count("-") == 2 else token.split("-", 2)[2]
    for file in people._store.folder.iterdir():
        assert secret.encode() not in file.read_bytes()


def test_who_is_removed_is_out_with_token_and_sessions(people: People) -> None:
    _, token = people.add("ada", Role.ADMIN)
    secret = people.open_session(people.by_token(token))
    assert people.by_session(secret) is not None
    people.remove("ada")
    with pytest.raises(RefusedError) as refused:
        people.by_token(token)
    assert refused.value.text is Text.ENTRY_TOKEN_BAD
    assert people.by_session(secret) is None
    with pytest.raises(UsageError):
        people.remove("ada")


def test_the_oldest_session_ends_when_there_are_too_many(people: People) -> None:
    who = people.by_token(people.add("ada", Role.VIEWER)[1])
    secrets = [people.open_session(who) for _ in range(SESSIONS + 3)]
    assert [people.by_session(secret) is not None for secret in secrets] == [False] * 3 + [True] * SESSIONS
    people.close_session(secrets[-1])
    assert people.by_session(secrets[-1]) is None
    with people._store.read() as connection:
        assert connection.execute(select(func.count()).select_from(session)).scalar_one() == SESSIONS - 1


@pytest.mark.parametrize("name", ["", "   ", "x" * (MAX_NAME + 1), "a\nb", "\u202ea"])
def test_what_is_no_name_is_refused(people: People, name: str) -> None:
    with pytest.raises(UsageError) as refused:
        people.add(name, Role.VIEWER)
    assert refused.value.text is Text.PERSON_NAME_BAD


def test_a_name_is_given_once(people: People) -> None:
    people.add("ada", Role.VIEWER)
    with pytest.raises(UsageError) as refused:
        people.add(" ada ", Role.ADMIN)
    assert refused.value.text is Text.PERSON_EXISTS


def test_a_role_that_nobody_knows_opens_nothing(people: People) -> None:
    """Somebody wrote it into the database."""
    _, token = people.add("ada", Role.VIEWER)
    with people._store.write() as unit:
        unit.execute(person.update().values(role="emperor"))
    with pytest.raises(ValueError, match="emperor"):
        people.by_token(token)


def test_when_somebody_was_there_is_kept_to_the_minute(people: People) -> None:
    _, token = people.add("ada", Role.VIEWER)
    people.by_token(token)
    (first,) = people.all()
    people.by_token(token)
    assert people.all() == [first]
    assert first.last_seen is not None


def test_addresses_that_strangers_choose_do_not_fill_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldtool.central.turned_away.MAX_PEERS", 5)
    store = open_store(tmp_path)
    away = TurnedAway(store, Ticking())
    for number in range(9):
        away.count(f"198.51.100.{number}", Text.ENTRY_TOKEN_BAD)
    assert MAX_PEERS > 5
    assert {one.peer: one.count for one in away.all()}[OTHERS] == 4
    store.close()


def test_an_administrator_adds_lists_and_removes_people_at_the_command_line(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path), "--json")
    made = json.loads(central_command("person", "add", "Ada", "--role", "dispatcher", *data).stdout)
    assert made["token"].startswith(f"fieldtool-{made['id']}-")
    listed = central_command("person", "list", *data).stdout
    assert json.loads(listed)["people"][0]["role"] == "dispatcher"
    assert made["token"] not in listed
    assert json.loads(central_command("person", "remove", "Ada", *data).stdout) == {"removed": "Ada"}
    assert json.loads(central_command("person", "list", *data).stdout)["people"] == []
