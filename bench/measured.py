"""What every benchmark measures alike."""

import gc
import os
import resource
import time
from pathlib import Path

from django.db import connection


def peak_mib() -> int:
    """The most memory this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def cpu_seconds() -> float:
    """CPU of this process, of others it waited for, and, if it can be read, of its PostgreSQL.

    On a busy machine the figure to compare; wall time is that of the neighbours too.
    """
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = time.process_time() + others.ru_utime + others.ru_stime
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            facts = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        if facts.exists():
            user, system = facts.read_text().rsplit(")", 1)[1].split()[11:13]
            spent += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return spent


def as_a_server() -> None:
    """Set what was made so far aside, as the server does at its start (`config.wsgi`).

    Here the process has migrated and filled a database before; the one that serves has not.
    """
    gc.collect()
    gc.freeze()
