"""What the rooms hand over: commands, and members of registries that a lower room asks.

The one place that knows all rooms, beside `rest`, which has their routers: commands start faster
without those. Add a room's commands or members here, nowhere else.
"""

import click

from tresse.accounts import commands as accounts_commands
from tresse.accounts import definitions as accounts_definitions
from tresse.accounts import navigation as accounts_navigation
from tresse.accounts.account import SETTINGS
from tresse.accounts.handover import OBJECTS, OWNERSHIPS
from tresse.accounts.navigation import SETTINGS_PAGES
from tresse.accounts.usage import LIMIT_USES
from tresse.config import answers
from tresse.config import commands as config_commands
from tresse.connections import commands as connections_commands
from tresse.connections import definitions as connections_definitions
from tresse.connections import erasing as connections_erasing
from tresse.connections import jobs as connections_jobs
from tresse.connections import navigation as connections_navigation
from tresse.connections import settings as connections_settings
from tresse.connections.actions import ACTIONS as CONNECTION_ACTIONS
from tresse.connections.uses import USES
from tresse.datasets import commands as datasets_commands
from tresse.datasets import commands_erasing as datasets_commands_erasing
from tresse.datasets import commands_identity as datasets_commands_identity
from tresse.datasets import definitions as datasets_definitions
from tresse.datasets import doctor as datasets_doctor
from tresse.datasets import golden_store as datasets_golden_store
from tresse.datasets import jobs as datasets_jobs
from tresse.datasets import jobs_erasing as datasets_jobs_erasing
from tresse.datasets import jobs_identity as datasets_jobs_identity
from tresse.datasets import limits as datasets_limits
from tresse.datasets import navigation as datasets_navigation
from tresse.datasets import row_tables as datasets_row_tables
from tresse.datasets import segment_bases, segment_members
from tresse.datasets.builds.registries import FOLLOWERS as BUILD_FOLLOWERS
from tresse.datasets.builds.registries import PAUSES
from tresse.datasets.changes.datasets import DatasetOwnership
from tresse.datasets.erasing import rows as datasets_erasing
from tresse.datasets.golden_links import LINKS as GOLDEN_LINKS
from tresse.datasets.scores import commands as datasets_score_commands
from tresse.datasets.uses import USES as DATASET_USES
from tresse.filters import CONDITIONS
from tresse.filters.stores import LINKS, STORES
from tresse.jobs import backend, housekeeping
from tresse.jobs import commands as jobs_commands
from tresse.jobs import mail as jobs_mail
from tresse.jobs import navigation as jobs_navigation
from tresse.jobs.kinds import JOBS, NOTIFICATIONS, SCHEDULES
from tresse.jobs.ticks import TICKS
from tresse.objects import commands as objects_commands
from tresse.objects import definitions as objects_definitions
from tresse.objects import limits as objects_limits
from tresse.objects import navigation as objects_navigation
from tresse.objects.doctor import CHECKS
from tresse.objects.layouts import CARDS
from tresse.objects.uses import (
    CLEANERS,
    KIND_CHANGERS,
    REWRITERS,
    STORED_SORTS,
    USERS_OF_DEFINITIONS,
    WRITERS,
)
from tresse.records import (
    bin_jobs,
    bulk_actions,
    duplicate_jobs,
    email_companies,
    erasing_places,
    kind_jobs,
    merge_panels,
    rollup_jobs,
)
from tresse.records import commands as records_commands
from tresse.records import commands_undo as records_commands_undo
from tresse.records import conditions as records_conditions
from tresse.records import definitions as records_definitions
from tresse.records import jobs as records_jobs
from tresse.records import merge_commands as records_merge_commands
from tresse.records import navigation as records_navigation
from tresse.records import reminders as records_reminders
from tresse.records import view_definitions as records_view_definitions
from tresse.records import views_saved as records_views_saved
from tresse.records.changes import RecordOwnership
from tresse.records.changes.views import ViewOwnership
from tresse.records.elsewhere import UNMERGERS
from tresse.records.erasing import PLACES
from tresse.records.keepers import KEEPERS
from tresse.records.origins import ORIGINS
from tresse.records.panels import PANELS, RECORD_ACTIONS
from tresse.records.row_tables import ROW_SOURCES, ROW_TABLES
from tresse.records.undo import activities as activities_undoing
from tresse.records.undo.parts import UNDO_PARTS
from tresse.records.undo.sources import SOURCES
from tresse.records.undo.undoable import UNDO_SOURCES
from tresse.records.views import team_inbox
from tresse.segments import bulk_actions as segments_bulk_actions
from tresse.segments import commands as segments_commands
from tresse.segments import conditions as segments_conditions
from tresse.segments import definitions as segments_definitions
from tresse.segments import erasing as segments_erasing
from tresse.segments import jobs as segments_jobs
from tresse.segments import keeping as segments_keeping
from tresse.segments import limits as segments_limits
from tresse.segments import navigation as segments_navigation
from tresse.segments import undoing as segments_undoing
from tresse.segments.bases import SORTS as SEGMENT_BASES
from tresse.segments.changes.watching import RecordStays
from tresse.segments.stay_keepers import KEEPERS as STAY_KEEPERS
from tresse.segments.watchers import WATCHERS
from tresse.sources import catalogue_jobs as sources_catalogue_jobs
from tresse.sources import commands_extract as sources_commands_extract
from tresse.sources import definitions as sources_definitions
from tresse.sources import doctor as sources_doctor
from tresse.sources import jobs as sources_jobs
from tresse.sources import limits as sources_limits
from tresse.sources import navigation as sources_navigation
from tresse.sources import row_tables as sources_row_tables
from tresse.sources.changes.sources import SourceOwnership
from tresse.sources.extraction.registries import FOLLOWERS as RUN_FOLLOWERS
from tresse.sources.extraction.registries import TOMBSTONES, VERSION_USERS
from tresse.sources.uses import USES as SOURCE_USES
from tresse.syncs import commands as syncs_commands
from tresse.syncs import computed as syncs_computed
from tresse.syncs import definitions as syncs_definitions
from tresse.syncs import erasing as syncs_erasing
from tresse.syncs import golden_links as syncs_golden_links
from tresse.syncs import jobs as syncs_jobs
from tresse.syncs import navigation as syncs_navigation
from tresse.syncs import row_tables as syncs_row_tables
from tresse.syncs import undoing as syncs_undoing
from tresse.syncs.changes.syncs import SyncOwnership
from tresse.transfers import bulk as transfers_bulk
from tresse.transfers import commands as transfers_commands
from tresse.transfers import commands_exports as transfers_commands_exports
from tresse.transfers import erasing as transfers_erasing
from tresse.transfers import export_definitions as transfers_export_definitions
from tresse.transfers import export_jobs as transfers_export_jobs
from tresse.transfers import housekeeping as transfers_housekeeping
from tresse.transfers import jobs as transfers_jobs
from tresse.transfers import limits as transfers_limits
from tresse.transfers import navigation as transfers_navigation
from tresse.transfers import origins as transfers_origins
from tresse.transfers import template_definitions as transfers_template_definitions
from tresse.transfers.changes import delivering as transfers_delivering
from tresse.transfers.changes import undoing as transfers_undoing
from tresse.web.navigation import GROUPS

COMMANDS: tuple[click.Command, ...] = (
    *config_commands.COMMANDS,
    *connections_commands.COMMANDS,
    *accounts_commands.COMMANDS,
    *jobs_commands.COMMANDS,
    *records_commands.COMMANDS,
    *records_commands_undo.COMMANDS,
    *records_merge_commands.COMMANDS,
    *objects_commands.COMMANDS,
    *segments_commands.COMMANDS,
    *sources_commands_extract.COMMANDS,
    *datasets_commands.COMMANDS,
    *datasets_commands_identity.COMMANDS,
    *datasets_commands_erasing.COMMANDS,
    *datasets_score_commands.COMMANDS,
    *syncs_commands.COMMANDS,
    *transfers_commands.COMMANDS,
    *transfers_commands_exports.COMMANDS,
)


def hand_over() -> None:
    """Fill the registries that lower rooms ask; called once, when Django is ready."""
    # Accounts
    OBJECTS.extend(answers.OBJECTS)
    OWNERSHIPS.extend(
        (RecordOwnership(), ViewOwnership(), SourceOwnership(), DatasetOwnership(), SyncOwnership())
    )
    SETTINGS.extend(
        (
            *connections_settings.SETTINGS,
            *email_companies.SETTINGS,
            *segments_limits.SETTINGS,
            *sources_limits.SETTINGS,
            *datasets_limits.SETTINGS,
            *transfers_limits.SETTINGS,
        )
    )
    SETTINGS_PAGES.extend(
        (
            *jobs_navigation.SETTINGS_PAGES,
            *connections_navigation.SETTINGS_PAGES,
            *datasets_navigation.SETTINGS_PAGES,
            *transfers_navigation.SETTINGS_PAGES,
        )
    )
    LIMIT_USES.extend(objects_limits.USES)
    # Jobs
    JOBS.extend(
        (
            *connections_jobs.KINDS,
            *backend.KINDS,
            *housekeeping.KINDS,
            *answers.JOBS,
            *transfers_jobs.KINDS,
            *transfers_export_jobs.KINDS,
            *transfers_housekeeping.KINDS,
            *records_jobs.KINDS,
            *duplicate_jobs.KINDS,
            *bin_jobs.KINDS,
            *segments_jobs.KINDS,
            *rollup_jobs.KINDS,
            *kind_jobs.KINDS,
            *sources_jobs.KINDS,
            *sources_catalogue_jobs.KINDS,
            *datasets_jobs.KINDS,
            *datasets_jobs_identity.KINDS,
            *datasets_jobs_erasing.KINDS,
            *syncs_jobs.KINDS,
        )
    )
    SCHEDULES.extend(
        (
            *connections_jobs.SCHEDULES,
            *housekeeping.SCHEDULES,
            *answers.SCHEDULES,
            *transfers_export_jobs.SCHEDULES,
            *duplicate_jobs.SCHEDULES,
            *bin_jobs.SCHEDULES,
            *transfers_housekeeping.SCHEDULES,
            *segments_jobs.SCHEDULES,
            *rollup_jobs.SCHEDULES,
            *kind_jobs.SCHEDULES,
            *sources_jobs.SCHEDULES,
            *sources_catalogue_jobs.SCHEDULES,
            *datasets_jobs.SCHEDULES,
            *syncs_jobs.SCHEDULES,
        )
    )
    TICKS.extend(
        (
            *connections_jobs.TICKS,
            *jobs_mail.TICKS,
            *records_reminders.TICKS,
            *segments_jobs.TICKS,
            *rollup_jobs.TICKS,
        )
    )
    NOTIFICATIONS.extend((*connections_jobs.NOTIFICATIONS, *objects_limits.NOTIFICATIONS))
    jobs_navigation.INBOX_TABS.extend(team_inbox.TABS)
    # Objects: definitions, and who uses them
    objects_definitions.DEFINITIONS.extend(connections_definitions.KINDS)
    objects_definitions.DEFINITIONS.extend(
        (*sources_definitions.KINDS, *datasets_definitions.KINDS, *syncs_definitions.KINDS)
    )
    objects_definitions.DEFINITIONS.extend(transfers_export_definitions.KINDS)
    objects_definitions.DEFINITIONS.extend(
        (
            *segments_definitions.KINDS,
            *accounts_definitions.KINDS,
            *records_view_definitions.KINDS,
            *transfers_template_definitions.KINDS,
        )
    )
    USERS_OF_DEFINITIONS.extend(transfers_export_definitions.USERS)
    USERS_OF_DEFINITIONS.extend(
        (
            *segments_definitions.USERS,
            *records_views_saved.USERS,
            *rollup_jobs.USERS,
            *syncs_definitions.USERS,
        )
    )
    STORED_SORTS.extend(rollup_jobs.STORED)
    WRITERS.extend(syncs_computed.WRITERS)
    KIND_CHANGERS.extend(kind_jobs.CHANGERS)
    REWRITERS.extend(records_definitions.REWRITERS)
    CLEANERS.extend((*records_definitions.CLEANERS, *kind_jobs.CLEANERS))
    CHECKS.extend(
        (*records_definitions.CHECKS, *connections_definitions.CHECKS, *sources_doctor.CHECKS)
    )
    # Filters
    CONDITIONS.extend((*records_conditions.CONDITIONS, *segments_conditions.CONDITIONS))
    STORES.extend((*records_conditions.STORES, *datasets_golden_store.STORES))
    LINKS.extend(records_conditions.LINKS)
    # Records
    PANELS.extend((*segments_bulk_actions.PANELS, *merge_panels.PANELS))
    CARDS.extend(PANELS)
    RECORD_ACTIONS.extend((*merge_panels.ACTIONS, *datasets_navigation.RECORD_ACTIONS))
    bulk_actions.BULK_ACTIONS.extend(
        (
            *bulk_actions.ACTIONS,
            *segments_bulk_actions.ACTIONS,
            *merge_panels.BULK_ACTIONS,
            *transfers_bulk.ACTIONS,
        )
    )
    _hand_over_segments()
    _hand_over_customer_data()
    ORIGINS.extend((*transfers_origins.ORIGINS, *syncs_undoing.ORIGINS))
    UNDO_SOURCES.extend((*transfers_undoing.SOURCES, *SOURCES, *syncs_undoing.SOURCES))
    UNDO_PARTS.extend(activities_undoing.PARTS)
    UNDO_PARTS.extend(segments_undoing.PARTS)
    # Pages
    CONNECTION_ACTIONS.extend(sources_navigation.ACTIONS)
    GROUPS.extend(
        (
            *jobs_navigation.GROUPS,
            *records_navigation.GROUPS,
            *sources_navigation.GROUPS,
            *datasets_navigation.GROUPS,
            *syncs_navigation.GROUPS,
            *connections_navigation.GROUPS,
            *segments_navigation.GROUPS,
            *transfers_navigation.GROUPS,
            *objects_navigation.GROUPS,
            *accounts_navigation.GROUPS,
        )
    )


def _hand_over_segments() -> None:
    """What segments are made of, who keeps their members, and who needs them kept."""
    KEEPERS.extend(segments_keeping.KEEPERS)
    SEGMENT_BASES.extend(segment_bases.SORTS)
    STAY_KEEPERS.extend((RecordStays(), *segment_members.KEEPERS))
    WATCHERS.extend(syncs_definitions.WATCHERS)


def _hand_over_customer_data() -> None:
    """What sources, datasets and syncs hand over, and are asked by rooms above them."""
    ROW_TABLES.extend((*sources_row_tables.TABLES, *syncs_row_tables.TABLES))
    ROW_SOURCES.extend(datasets_row_tables.ROW_SOURCES)
    UNMERGERS.extend(datasets_commands_identity.UNMERGERS)
    # Sources
    RUN_FOLLOWERS.extend(datasets_jobs.SOURCE_FOLLOWERS)
    VERSION_USERS.extend(datasets_jobs.SOURCE_VERSION_USERS)
    TOMBSTONES.extend(datasets_jobs_erasing.TOMBSTONES)
    # Erasure of a person
    PLACES.extend(
        (
            *syncs_erasing.PLACES,
            *datasets_erasing.PLACES,
            *erasing_places.PLACES,
            *segments_erasing.PLACES,
            *transfers_erasing.PLACES,
            *connections_erasing.PLACES,
        )
    )
    # Datasets
    # Members of segments first: who acts on a version finds them as it has them (G54).
    BUILD_FOLLOWERS.extend((*segment_members.BUILD_FOLLOWERS, *syncs_jobs.BUILD_FOLLOWERS))
    PAUSES.extend(syncs_jobs.PAUSES)
    DATASET_USES.extend(syncs_definitions.DATASET_USES)
    GOLDEN_LINKS.extend(syncs_golden_links.LINKS)
    # Connections
    USES.extend(sources_definitions.CONNECTION_USES)
    USES.extend(transfers_delivering.CONNECTION_USES)
    SOURCE_USES.extend(datasets_definitions.SOURCE_USES)
    NOTIFICATIONS.extend(sources_jobs.NOTIFICATIONS)
    NOTIFICATIONS.extend(datasets_jobs.NOTIFICATIONS)
    CHECKS.extend(datasets_doctor.CHECKS)
