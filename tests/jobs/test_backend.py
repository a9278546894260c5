"""Django's Tasks interface on our queue (decision 0004)."""

from datetime import timedelta

import pytest
from django.db import transaction
from django_tasks import TaskResultStatus, task_backends
from django_tasks.exceptions import TaskResultDoesNotExist

from tests.jobs import sample_tasks
from tresse.jobs import worker
from tresse.jobs.models import Job
from tresse.kernel import clock

pytestmark = pytest.mark.django_db


def test_a_task_is_a_job_that_the_worker_runs():
    result = sample_tasks.add.enqueue(2, b=3)
    assert result.status == TaskResultStatus.READY
    assert Job.objects.get().kind == "task"

    worker.run(until_idle=True)

    ended = sample_tasks.add.get_result(result.id)
    assert ended.status == TaskResultStatus.SUCCESSFUL
    assert (ended.return_value, ended.attempts) == (5, 1)


def test_a_task_is_enqueued_with_its_cause_or_not_at_all():
    with transaction.atomic():
        sample_tasks.add.enqueue(2, 3)
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_a_task_may_wait_and_know_its_context():
    later = clock.now() + timedelta(hours=1)
    result = sample_tasks.attempts.using(run_after=later).enqueue()
    worker.run(until_idle=True)
    result.refresh()
    assert not result.is_finished
    with clock.at(later):
        worker.run(until_idle=True)
    result.refresh()
    assert result.return_value == 1


def test_a_failed_task_says_so_without_its_inside():
    result = sample_tasks.divide.enqueue(1, 0)
    worker.run(until_idle=True)
    result.refresh()
    assert result.status == TaskResultStatus.FAILED
    assert "ZeroDivision" not in result.errors[0].traceback


@pytest.mark.parametrize("wrong", ["999999", "x"])
def test_a_result_that_is_not_there(wrong):
    with pytest.raises(TaskResultDoesNotExist):
        task_backends["default"].get_result(wrong)
