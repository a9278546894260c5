"""What is kept how long: reports 24 months, files 30 days (T75)."""

import os
from datetime import timedelta

import pytest

from tests.transfers.imports.test_examples import TE4
from tresse.jobs.kinds import JOBS, SCHEDULES
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.transfers import changes
from tresse.transfers.changes.clearing import clear_imports
from tresse.transfers.error_file import write_error_file
from tresse.transfers.models import Import, ImportFinding
from tresse.transfers.prepare import folder_of


def aged(row, **ago):
    """The same import, that long ago."""
    then = clock.now() - timedelta(**ago)
    finished = then if row.finished_at else None
    Import.objects.filter(pk=row.pk).update(created_at=then, finished_at=finished)


def test_files_go_after_30_days_and_reports_after_24_months(start):
    """T75: an import that ran keeps its report; a draft that nobody ran goes with its file."""
    ran, draft = start.load("deals", TE4), start.check("deals", TE4)
    young = start.load("contacts", "E-mail\nz@ex.org\n")
    aged(ran, days=31)
    aged(draft, days=31)
    aged(young, days=29)

    done = clear_imports()

    assert (done["files"], done["drafts"], done["reports"]) == (2, 1, 0)
    assert [row.pk for row in Import.objects.order_by("id")] == [ran.pk, young.pk]
    assert not folder_of(ran.pk).exists()
    assert folder_of(young.pk).exists()
    assert ran.findings.count() == 2

    aged(ran, days=731)
    assert clear_imports()["reports"] == 1
    assert not ImportFinding.objects.filter(belongs_to_id=ran.pk).exists()


def test_work_in_hand_and_folders_of_nobody(start):
    """T75: what a worker has in hand stays; what is left over of an import that is no more goes."""
    row = start.add("deals", TE4)
    aged(row, days=400)
    Import.objects.filter(pk=row.pk).update(state="running")
    left = folder_of(999_999)
    left.mkdir(parents=True)

    assert clear_imports() == {"files": 0, "drafts": 0, "reports": 0, "left_over": 0}
    old = (clock.now() - timedelta(days=2)).timestamp()
    os.utime(left, (old, old))
    assert clear_imports()["left_over"] == 1
    assert folder_of(row.pk).exists()


def test_every_night(start):  # noqa: ARG001  registries are filled
    """T75: a job of the room, by a schedule that every installation has."""
    assert SCHEDULES["clear_imports"].cron
    assert JOBS["clear_imports"].label


def test_without_its_file_an_import_says_so_in_words(start, signed_in, api):
    """T75: the error file and a resume are refused, the report and its findings are there."""
    row = start.load("deals", TE4)
    aged(row, days=31)
    clear_imports()

    page = signed_in.get(f"/imports/{row.pk}/").content.decode()
    assert "kept for 30 days and is gone" in page
    assert "Download the error file" not in page
    assert signed_in.get(f"/imports/{row.pk}/errors.csv").status_code == 410
    assert b"".join(signed_in.get(f"/imports/{row.pk}/findings.csv").streaming_content)
    status, problem = api("GET", f"/imports/{row.pk}/error-file")
    assert (status, problem["code"]) == (410, "link_expired")
    assert problem["detail"] == (
        "x.csv was kept for 30 days and is gone. Its report and findings are still there."
    )

    Import.objects.filter(pk=row.pk).update(state="cancelled")
    row.refresh_from_db()
    with pytest.raises(TresseError, match="is gone"):
        changes.resume_import(row, actor=start.ada)
    with pytest.raises(TresseError, match="is gone"):
        write_error_file(row, start.folder / "e.csv")


def test_the_largest_file_is_a_setting(api, start):
    """T8, C128: 512 MB, or as the account says."""
    assert api("PATCH", "/settings", {"max_import_megabytes": 1})[0] == 200
    with pytest.raises(TresseError) as refused:
        start.add("contacts", "E-mail\n" + "x" * (1 << 20))
    assert refused.value.code == "file_too_large"
    assert refused.value.message == (
        "x.csv has > 1 MB; the most is 1 MB. Split the file or raise the setting."
    )
    assert Import.objects.count() == 0
