"""The journal only grows: both databases refuse to change or remove what happened."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.migrations.state import ProjectState

from core.actors import Actor, system
from core.events import event_publish
from core.journal import journal_of, journal_write
from core.migrations_support import append_only
from core.models import Event, JournalEntry

pytestmark = pytest.mark.django_db


def write(now, **given) -> JournalEntry:
    fields = {"actor": system("test"), "action": "thing.made", "subject_id": "1", "organisation_id": None, "at": now}
    return journal_write(subject_kind="thing", **{**fields, **given})


def refused(act) -> bool:
    try:
        with transaction.atomic():
            act()
    except DatabaseError as error:
        # The trigger's words to the owner; the application role lacks the privilege in the first place.
        return "append-only" in str(error) or "permission denied" in str(error)
    return False


def test_an_entry_says_who_what_when_and_why(now):
    owner = Actor(kind="user", id="7", label="Ada", organisation_id=uuid4())
    write(now, actor=owner, organisation_id=owner.organisation_id, why="because", detail={"n": 1})
    entry = journal_of(subject_kind="thing", subject_id="1").get()
    assert (entry.actor_label, entry.action, entry.at, entry.why) == ("Ada", "thing.made", now, "because")
    assert entry.detail == {"n": 1}


def test_the_history_of_a_thing_is_in_order_and_its_own(now):
    write(now, action="thing.made")
    write(now, action="thing.sold")
    write(now, subject_id="2")
    assert [entry.action for entry in journal_of(subject_kind="thing", subject_id="1")] == ["thing.made", "thing.sold"]


@pytest.mark.parametrize("act", ["update", "delete"])
def test_entries_can_be_neither_changed_nor_removed(now, act):
    write(now)
    rows = JournalEntry.objects.all()
    assert refused(rows.delete if act == "delete" else lambda: rows.update(why="another reason"))
    assert journal_of(subject_kind="thing", subject_id="1").get().why == ""


@pytest.mark.parametrize("act", ["update", "delete"])
def test_events_can_be_neither_changed_nor_removed(now, act):
    event_publish(name="thing.made/1", organisation_id=None, ids={}, at=now)
    rows = Event.objects.all()
    assert refused(rows.delete if act == "delete" else lambda: rows.update(name="thing.sold/1"))
    assert Event.objects.get().name == "thing.made/1"


def test_raw_sql_is_refused_as_well(now):
    write(now)

    def rewrite() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE core_journalentry SET actor_label = 'nobody'")

    assert refused(rewrite)


def may_create_tables() -> bool:
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege(current_user, 'public', 'CREATE')")
        return cursor.fetchone()[0]


def test_the_guard_can_be_put_on_any_table_and_taken_off_again():
    if not may_create_tables():
        pytest.skip("the application role owns no table; the owner's run and SQLite's test this")
    guard = append_only("probe_ledger")
    states = (SimpleNamespace(connection=connection), ProjectState(), ProjectState())
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE probe_ledger (n integer)")
        cursor.execute("INSERT INTO probe_ledger VALUES (1)")
        guard.database_forwards("core", *states)
        assert refused(lambda: cursor.execute("DELETE FROM probe_ledger"))
        guard.database_backwards("core", *states)
        cursor.execute("DELETE FROM probe_ledger")
        assert cursor.rowcount == 1
