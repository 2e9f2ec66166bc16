"""A job always reaches a terminal state, with a log a person can read, and its owner is told in the same breath."""

import time
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from core.jobs import ending
from core.jobs.models import Job
from core.jobs.registry import Handler, handler_of
from core.jobs.runner import drain, run_next
from core.jobs.selectors import job_view
from core.jobs.taking import take
from core.journal import journal_of

pytestmark = pytest.mark.django_db


def ripen(job: Job) -> None:
    """Let the pause between two attempts pass."""
    Job.objects.filter(pk=job.pk).update(run_after=timezone.now())


def lines(job: Job) -> list[str]:
    return [line["text"] for line in job_view(job)["lines"]]


def test_done_means_the_effect_is_there_and_the_log_is_whole(enqueue, effects):
    job = enqueue("probe.effect", subject="a")
    assert drain() == 1
    job.refresh_from_db()
    assert (job.state, job.attempt, job.lease_until) == (Job.State.DONE, 1, None)
    assert lines(job) == ["Attempt 1 of 3 started.", "Done."]
    assert effects() == ["a"]


def test_the_effect_is_the_act_of_whoever_asked(enqueue):
    enqueue("probe.effect", subject="a")
    drain()
    assert journal_of(subject_kind="probe", subject_id="a").get().actor_label == "test"


def test_a_handler_without_a_commit_is_done_when_it_returns(enqueue):
    job = enqueue("probe.audit")
    drain()
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert lines(job)[1] == "nothing to write"


def test_a_refusal_fails_at_once_with_its_message_and_remedy(enqueue):
    job = enqueue("probe.refused")
    drain()
    job.refresh_from_db()
    assert (job.state, job.attempt) == (Job.State.FAILED, 1)
    assert job.reason == "The file is empty. Send one with rows."
    assert journal_of(subject_kind="probe", subject_id="one").get().why == job.reason


def test_an_unexpected_error_is_tried_three_times_and_then_dead(enqueue, effects):
    job = enqueue("probe.broken")
    for _ in range(3):
        assert run_next()
        ripen(job)
    assert not run_next()
    job.refresh_from_db()
    assert (job.state, job.attempt) == (Job.State.DEAD, 3)
    assert journal_of(subject_kind="probe", subject_id="one").count() == 1
    assert effects() == []


def test_the_pause_before_the_next_attempt_grows(enqueue):
    job = enqueue("probe.broken")
    pauses = []
    for _ in range(2):
        before = timezone.now()
        run_next()
        job.refresh_from_db()
        pauses.append(round((job.run_after - before).total_seconds()))
        ripen(job)
    assert pauses == [2, 4]


def test_what_customers_read_tells_no_inner_detail(enqueue):
    job = enqueue("probe.broken")
    run_next()
    assert "KeyError" in lines(job)[-1]
    assert "secret inner detail" not in " ".join(lines(job))


def test_a_kind_that_no_room_knows_any_more_is_dead_not_stuck(enqueue):
    job = enqueue("probe.effect", subject="a")
    Job.objects.update(kind="probe.retired")
    for _ in range(3):
        run_next()
        ripen(job)
    assert Job.objects.get().state == Job.State.DEAD


def test_an_owner_that_cannot_take_the_news_does_not_keep_the_job_alive(enqueue, caplog):
    job = enqueue("probe.untellable")
    drain()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert lines(job)[-1] == "What this work belongs to could not be told; a person must look."
    assert "the owner cannot take it" in caplog.text


def test_a_busy_database_undoes_the_whole_ending_and_it_comes_again(enqueue, monkeypatch):
    def busy(*_news: object) -> None:
        raise OperationalError("database is locked")

    job = enqueue("probe.effect", subject="a")
    start = timezone.now() - timedelta(hours=4)
    for hour in range(3):
        take(start + timedelta(hours=hour))
    handler = Handler("probe.effect", busy, "default", timedelta(minutes=1), busy)
    with monkeypatch.context() as patch:
        patch.setattr(ending, "handler_known", lambda _kind: handler)
        assert ending.bury(timezone.now()) == 0
    job.refresh_from_db()
    assert job.state == Job.State.RUNNING
    assert ending.bury(timezone.now()) == 1


@pytest.mark.django_db(transaction=True)
def test_an_attempt_past_its_deadline_is_ended_while_it_hangs(enqueue, monkeypatch):
    job = enqueue("probe.hangs")
    quick = Handler("probe.hangs", lambda _work: time.sleep(1), "default", timedelta(seconds=0.2), None)
    monkeypatch.setattr("core.jobs.runner.handler_of", lambda _kind: quick)
    monkeypatch.setattr("core.jobs.taking.handler_known", lambda _kind: quick)
    stopped: list[bool] = []
    assert run_next(stop_working=lambda: stopped.append(True))
    job.refresh_from_db()
    assert (job.state, stopped) == (Job.State.DEAD, [True])
    assert "not done by its deadline" in job.reason
    assert journal_of(subject_kind="probe", subject_id="one").get().action == "probe.told"


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_of_long_work(enqueue, monkeypatch, settings):
    settings.JOB_LEASE = timedelta(seconds=0.6)
    enqueue("probe.effect", subject="a", seconds="1.5")
    seen = []
    monkeypatch.setattr(
        time, "sleep", lambda seconds, sleep=time.sleep: (sleep(seconds), seen.append(take(timezone.now())))
    )
    assert run_next()
    assert seen == [None]
    assert Job.objects.get().state == Job.State.DONE


def test_waiting_in_the_queue_uses_no_time_of_the_deadline(enqueue):
    enqueue("probe.effect", subject="a")
    job, _ = take(timezone.now())
    assert job.deadline - job.started_at == handler_of("probe.effect").deadline


def test_the_view_estimates_the_time_left_from_the_pace_so_far(enqueue):
    enqueue("probe.effect", subject="a")
    job, work = take(timezone.now() - timedelta(seconds=30))
    assert job_view(job)["estimate_seconds"] is None
    work.progress(3, 4, "counting")
    job.refresh_from_db()
    view = job_view(job)
    assert (view["done"], view["total"], view["percent"], view["step"]) == (3, 4, 75, "counting")
    assert view["estimate_seconds"] == pytest.approx(10, abs=1)


def test_a_new_attempt_starts_its_progress_anew(enqueue):
    enqueue("probe.effect", subject="a")
    _, work = take(timezone.now() - timedelta(hours=1))
    work.progress(3, 4, "counting")
    job, _ = take(timezone.now())
    assert (job.done, job.total, job.step) == (0, 0, "")
