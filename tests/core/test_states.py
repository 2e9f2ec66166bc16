"""State machines: one table, changed by compare-and-swap, each flip a journal row. A job row serves as the thing."""

import threading

import pytest
from django.db import connection, transaction

from core.actors import system
from core.errors import StateRefused
from core.jobs.models import Job
from core.journal import journal_of
from core.states import Machine, state_change

MACHINE = Machine("parcel", {"packed": frozenset({"sent", "lost"}), "sent": frozenset({"received"})})


@pytest.fixture
def parcel(db, now) -> Job:
    return Job.objects.create(kind="parcel", key="parcel", state="packed", created_at=now, run_after=now)


def move(parcel: Job, to: str, now, **given) -> None:
    with transaction.atomic():
        state_change(instance=parcel, machine=MACHINE, to=to, actor=system("test"), at=now, **given)


def test_a_move_in_the_table_changes_the_row_and_its_fields_and_the_journal(parcel, now):
    move(parcel, "sent", now, why="paid", changes={"step": "on the road"})
    assert (parcel.state, parcel.step) == ("sent", "on the road")
    parcel.refresh_from_db()
    assert (parcel.state, parcel.step) == ("sent", "on the road")
    entry = journal_of(subject_kind="parcel", subject_id=parcel.pk).get()
    assert (entry.action, entry.why, entry.detail) == ("parcel.sent", "paid", {"from": "packed", "to": "sent"})


@pytest.mark.parametrize("to", ["received", "packed", "burnt"])
def test_a_move_outside_the_table_is_refused_and_nothing_changes(parcel, now, to):
    with pytest.raises(StateRefused) as refused:
        move(parcel, to, now)
    assert refused.value.limit == "from packed: lost, sent"
    parcel.refresh_from_db()
    assert parcel.state == "packed"
    assert not journal_of(subject_kind="parcel", subject_id=parcel.pk).exists()


def test_a_state_without_moves_is_final(parcel, now):
    move(parcel, "lost", now)
    with pytest.raises(StateRefused, match="is lost and cannot become sent"):
        move(parcel, "sent", now)


def test_a_copy_that_is_out_of_date_cannot_move_the_row(parcel, now):
    copy = Job.objects.get(pk=parcel.pk)
    move(parcel, "sent", now)
    with pytest.raises(StateRefused, match="changed by somebody else"):
        move(copy, "lost", now)
    assert journal_of(subject_kind="parcel", subject_id=parcel.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_moves_it_and_one_is_refused(now):
    row = Job.objects.create(kind="parcel", key="parcel", state="packed", created_at=now, run_after=now)
    together = threading.Barrier(2)
    refusals: list[StateRefused] = []

    def mover(to: str) -> None:
        own = Job.objects.get(pk=row.pk)
        together.wait()
        try:
            move(own, to, now)
        except StateRefused as refused:
            refusals.append(refused)
        connection.close()

    threads = [threading.Thread(target=mover, args=(to,)) for to in ("sent", "lost")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 1
    assert journal_of(subject_kind="parcel", subject_id=row.pk).count() == 1
