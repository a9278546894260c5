"""Django's Tasks interface on our queue: `@task()` functions become jobs of kind `task`."""

from typing import Any

from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskContext, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist

from tresse.accounts.actor import SYSTEM
from tresse.jobs.changes import enqueue
from tresse.jobs.kinds import JobKind
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.marks import N_

REFUSED = "tresse.kernel.errors.TresseError"
STATUSES = {
    "queued": TaskResultStatus.READY,
    "running": TaskResultStatus.RUNNING,
    "done": TaskResultStatus.SUCCESSFUL,
}
"All other states are failures to the interface, which knows no more."


class Backend(BaseTaskBackend):
    """Enqueues in the caller's transaction; the worker of this room runs what was enqueued.

    A task is done with the rights of the system and has no cursor: after a kill it begins anew.
    What needs progress, cancelling or a cursor is a `JobKind`.
    """

    supports_defer = True
    supports_get_result = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Put a call into the queue."""
        self.validate_task(task)
        job = enqueue(
            "task",
            arguments={"path": task.module_path, "args": list(args), "kwargs": dict(kwargs)},
            target=task.name,
            actor=SYSTEM,
            run_at=task.run_after,
        )
        return self._result(job)

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """The state of a call, and what it answered."""
        number = int(result_id) if result_id.isdecimal() else 0
        job = Job.objects.filter(kind="task", pk=number).first()
        if job is None:
            raise TaskResultDoesNotExist(result_id)
        return self._result(job)

    def _result(self, job: Job) -> TaskResult[Any]:
        result: TaskResult[Any] = TaskResult(
            task=import_string(job.arguments["path"]),
            id=str(job.pk),
            status=STATUSES.get(job.state, TaskResultStatus.FAILED),
            enqueued_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            last_attempted_at=job.started_at,
            args=job.arguments["args"],
            kwargs=job.arguments["kwargs"],
            backend=self.alias,
            errors=[TaskError(exception_class_path=REFUSED, traceback=job.error)]
            if job.error
            else [],
            worker_ids=[job.worker] * job.attempt,
        )
        object.__setattr__(result, "_return_value", (job.result or {}).get("value"))
        return result


def _call(work: Work) -> dict[str, Any]:
    task: Task[Any, Any] = import_string(work.arguments["path"])
    args, kwargs = work.arguments["args"], work.arguments["kwargs"]
    if task.takes_context:
        context = TaskContext(task_result=task.get_result(str(work.job_id)))
        args = [context, *args]
    return {"value": task.call(*args, **kwargs)}


KINDS = (JobKind("task", N_("Task"), _call),)
