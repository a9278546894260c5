"""What lower rooms ask of higher ones, answered here because only `config` knows them all."""

from tresse.accounts import housekeeping
from tresse.accounts.handover import Objects
from tresse.jobs.kinds import JobKind, StandingSchedule
from tresse.jobs.work import Work
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.objects.labels import shown_label, shown_plural


def object_labels() -> dict[str, str]:
    """Plural labels of the object types that roles may speak of."""
    return {each.name: shown_plural(each) for each in data_model().objects if not each.is_archived}


def object_properties() -> dict[str, dict[str, str]]:
    """Labels of properties by name, by object type."""
    return {
        each.name: {prop.name: shown_label(prop) for prop in each.properties}
        for each in data_model().objects
    }


def _forget(_work: Work) -> dict[str, int]:
    return housekeeping.forget()


OBJECTS = (Objects("objects", object_labels, object_properties),)
JOBS = (JobKind("forget", N_("Delete ended sessions, old sign-ins and log entries"), _forget),)
SCHEDULES = (StandingSchedule("forget", kind="forget", cron="41 3 * * *"),)
