"""What follows publication: reviews kept, old versions removed (D60, D85)."""

from collections.abc import Sequence

from django.db import transaction

from tresse.datasets.builds.found import FILE, read_found
from tresse.datasets.builds.publishing import retire
from tresse.datasets.builds.tables import folder_of
from tresse.datasets.models import DatasetBuild
from tresse.datasets.reviewing import keep_found
from tresse.datasets.segment_members import keep_segments
from tresse.datasets.suggestions.looking import has_suggestions, settle
from tresse.jobs.work import Work
from tresse.sources.versions import engine


def tidy_up(rows: Sequence[DatasetBuild], work: Work) -> None:
    """Do what is left after builds, as often as it is asked; nothing here undoes them."""
    for row in rows:
        if row.state != "published" or row.version is None:
            continue
        file = folder_of(row.version) / FILE
        if file.is_file():
            with transaction.atomic():
                keep_found(row.dataset, read_found(file), number=row.version.number)
            # It names records and their values: of people who may ask to be erased.
            file.unlink()
        row.version.dataset = row.dataset
        if has_suggestions(row.version):
            with engine() as session:
                settle(session, row.version)
        keep_segments(row.dataset)
        work.check_cancelled()
        retire(row.dataset_id)
