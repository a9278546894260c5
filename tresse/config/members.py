"""What the rooms hand over: doors, and members of registries that a lower room asks.

The one place that knows all rooms. Add a room's router, commands or members here, nowhere else.
"""

import click
from ninja import Router

from tresse.accounts import api as accounts_api
from tresse.accounts import commands as accounts_commands
from tresse.accounts import definitions as accounts_definitions
from tresse.accounts import navigation as accounts_navigation
from tresse.accounts.handover import OBJECTS, OWNERSHIPS
from tresse.config import answers
from tresse.config import commands as config_commands
from tresse.filters import CONDITIONS
from tresse.filters import api as filters_api
from tresse.filters.stores import STORES
from tresse.jobs import api as jobs_api
from tresse.jobs import backend, housekeeping
from tresse.jobs import commands as jobs_commands
from tresse.jobs import navigation as jobs_navigation
from tresse.jobs.kinds import JOBS, NOTIFICATIONS, SCHEDULES
from tresse.objects import api as objects_api
from tresse.objects import commands as objects_commands
from tresse.objects import definitions as objects_definitions
from tresse.objects import limits as objects_limits
from tresse.objects import navigation as objects_navigation
from tresse.objects.doctor import CHECKS
from tresse.objects.uses import CLEANERS, REWRITERS
from tresse.records import api as records_api
from tresse.records import commands as records_commands
from tresse.records import conditions as records_conditions
from tresse.records import definitions as records_definitions
from tresse.records import navigation as records_navigation
from tresse.records.changes import RecordOwnership
from tresse.transfers import api as transfers_api
from tresse.transfers import commands as transfers_commands
from tresse.transfers import jobs as transfers_jobs
from tresse.transfers import navigation as transfers_navigation
from tresse.web.navigation import GROUPS

ROUTERS: tuple[Router, ...] = (
    accounts_api.router,
    jobs_api.router,
    filters_api.router,
    objects_api.router,
    records_api.router,
    transfers_api.router,
)
COMMANDS: tuple[click.Command, ...] = (
    *config_commands.COMMANDS,
    *accounts_commands.COMMANDS,
    *jobs_commands.COMMANDS,
    *records_commands.COMMANDS,
    *objects_commands.COMMANDS,
    *transfers_commands.COMMANDS,
)


def hand_over() -> None:
    """Fill the registries that lower rooms ask; called once, when Django is ready."""
    OBJECTS.extend(answers.OBJECTS)
    OWNERSHIPS.extend((RecordOwnership(),))
    JOBS.extend((*backend.KINDS, *housekeeping.KINDS, *answers.JOBS, *transfers_jobs.KINDS))
    SCHEDULES.extend((*housekeeping.SCHEDULES, *answers.SCHEDULES))
    GROUPS.extend(
        (
            *jobs_navigation.GROUPS,
            *records_navigation.GROUPS,
            *transfers_navigation.GROUPS,
            *objects_navigation.GROUPS,
            *accounts_navigation.GROUPS,
        )
    )
    CONDITIONS.extend(records_conditions.CONDITIONS)
    STORES.extend(records_conditions.STORES)
    objects_definitions.DEFINITIONS.extend(accounts_definitions.KINDS)
    NOTIFICATIONS.extend(objects_limits.NOTIFICATIONS)
    CHECKS.extend(records_definitions.CHECKS)
    CLEANERS.extend(records_definitions.CLEANERS)
    REWRITERS.extend(records_definitions.REWRITERS)
