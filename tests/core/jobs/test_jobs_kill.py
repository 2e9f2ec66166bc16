"""The real thing: real workers, killed without warning. Nothing is lost, nothing done twice, no process left."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.core.jobs.installation import Installation, group, grown, kill_group, running, states, wait_for


@pytest.fixture(params=["embedded", "grown"])
def installation(request, tmp_path) -> Iterator[Installation]:
    """SQLite with the broker inside the worker; PostgreSQL with Redis."""
    if request.param == "embedded":
        yield Installation(tmp_path)
        return
    with grown(tmp_path) as made:
        yield made


def effects(installation: Installation) -> Counter[str]:
    sql = "SELECT subject_id FROM core_journalentry WHERE action = 'probe.effect'"
    return Counter(row[0] for row in installation.rows(sql))


def mid_work(installation: Installation) -> bool:
    """Jobs are running, each in its first attempt: no job may be hit by all three kills, that would be its end."""
    running_now = installation.rows("SELECT attempt FROM core_job WHERE state = 'running'")
    return {row[0] for row in running_now} == {1}


@pytest.mark.parametrize(
    ("jobs", "kills"), [(40, (5, 12, 20)), pytest.param(300, tuple(range(10, 280, 15)), marks=pytest.mark.long)]
)
def test_kills_of_the_whole_group_lose_nothing_and_double_nothing(installation, jobs, kills):
    installation.manage("probe_enqueue", "probe.effect", str(jobs), "--seconds=0.1")
    hit = set()
    for already in kills:
        with running(installation, "worker") as worker:
            wait_for(lambda least=already: effects(installation).total() >= least, "the first effects")
            wait_for(lambda: mid_work(installation), "a moment in the midst of work")
            kill_group(worker)
        # Between the look and the kill the last job may have ended, so what a kill hit is counted when all is still.
        hit |= set(installation.rows("SELECT id, attempt FROM core_job WHERE state = 'running'"))
    assert hit
    assert states(installation)["done"] < jobs
    with running(installation, "worker"):
        wait_for(lambda: states(installation) == {"done": jobs}, "all jobs")
    assert effects(installation) == {f"probe-{number}": 1 for number in range(jobs)}
    lost = "SELECT count(*) FROM core_jobline WHERE text LIKE '%lost with its worker%'"
    assert installation.rows(lost)[0][0] >= len(hit)


def test_a_hanging_job_is_ended_at_its_deadline_and_the_worker_goes_on(tmp_path):
    installation = Installation(tmp_path)
    installation.manage("probe_enqueue", "probe.hangs", "2")
    with running(installation, "worker", "--concurrency=1"):
        wait_for(lambda: states(installation) == {"dead": 2}, "both deadlines")
    assert {row[0] for row in installation.rows("SELECT attempt FROM core_job")} == {1}


def test_children_do_not_outlive_a_parent_that_was_killed(tmp_path):
    installation = Installation(tmp_path)
    with running(installation, "worker") as worker:
        wait_for(lambda: len(group(worker.pid)) == 3, "the parent and two children")
        worker.kill()
        worker.wait()
        wait_for(lambda: not group(worker.pid), "the children to notice", 10)
        assert group(worker.pid) == []


def test_until_idle_ends_by_itself_with_nothing_left(tmp_path):
    installation = Installation(tmp_path)
    installation.manage("probe_enqueue", "probe.effect", "3")
    installation.manage("worker", "--until-idle")
    assert states(installation) == {"done": 3}
