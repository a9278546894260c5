"""A worker as a process of its own, with one kind of job that counts in a table without a key.

python -m tests.jobs.process [run_here JOB_ID]
"""

import os
import signal
import sys
import threading
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tresse.config.settings")
django.setup()

# Tables load only now.
from django.db import connection, transaction  # noqa: E402

from tresse.jobs import worker  # noqa: E402
from tresse.jobs.kinds import JOBS, JobKind  # noqa: E402
from tresse.jobs.models import Job  # noqa: E402


def count(work):
    """Count to `arguments["to"]`, ten numbers a chunk, each chunk one transaction."""
    to, pause = work.arguments["to"], work.arguments.get("pause", 0.0)
    begin = work.cursor or 0
    for first in range(begin, to, 10):
        work.check_cancelled()
        with transaction.atomic(), connection.cursor() as cursor:
            for n in range(first, min(first + 10, to)):
                cursor.execute("INSERT INTO tally VALUES (%s, %s)", [work.job_id, n])
            work.save(first + 10, done=min(first + 10, to), total=to)
        time.sleep(pause)
    return {"counted": to}


KIND = JobKind("count", "Count", count, notice="job")

if __name__ == "__main__":
    JOBS.extend((KIND,))
    if sys.argv[1:]:
        worker.run_here(Job.objects.get(pk=int(sys.argv[2])))
    else:
        stop = threading.Event()
        with worker.listening({signal.SIGTERM: stop}):
            worker.run(until_idle=True, stop=stop)
