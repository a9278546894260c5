"""A worker as a process of its own whose jobs write small chunks, slowly: to be killed in between.

python -m tests.journeys.slow_process
"""

import os
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tresse.config.settings")
django.setup()

# Tables load only now.
from tresse.jobs import worker  # noqa: E402
from tresse.jobs.work import Work  # noqa: E402
from tresse.records import conversion  # noqa: E402
from tresse.records.changes import bulk, rollups  # noqa: E402
from tresse.records.undo import work as undo  # noqa: E402
from tresse.segments.changes import members  # noqa: E402
from tresse.transfers.run import chunks  # noqa: E402

SIZE, PAUSE = 25, 0.05

if __name__ == "__main__":
    save = Work.save

    def slow(self, *given, **more):
        """Save, and stay in the transaction for a moment."""
        save(self, *given, **more)
        time.sleep(PAUSE)

    Work.save = slow  # type: ignore[method-assign]
    conversion.BATCH = rollups.CHUNK = members.CHUNK = SIZE
    bulk.FIRST = bulk.FEWEST = bulk.MOST_STAGED = SIZE
    undo.FIRST = undo.FEWEST = undo.MOST = SIZE
    chunks.FIRST_ROWS = chunks.FEWEST_ROWS = chunks.MOST_ROWS = SIZE
    bulk._Pace.of = classmethod(  # type: ignore[method-assign, assignment]
        lambda cls, _: cls(SIZE, SIZE)
    )
    worker.run(until_idle=True)
