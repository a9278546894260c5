"""A house that holds between transactions: the stage of an import cannot be attached within one."""

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from django.apps import apps
from django.db import connection, transaction

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user
from tresse.accounts.models import AuditEntry, Role
from tresse.accounts.queries import actor_of
from tresse.connections.defaults import make_defaults as make_connections
from tresse.datasets.changes.defaults import make_defaults as make_datasets
from tresse.jobs.worker import run_here
from tresse.objects.database import execute, rows
from tresse.objects.described import data_model
from tresse.records.changes import create_record, link_records
from tresse.records.merge_tables import MERGING
from tresse.records.tables import COUNTER, EVENT, HISTORY, LINK, METADATA
from tresse.segments.tables import METADATA as SEGMENTS
from tresse.transfers import changes
from tresse.transfers.counters import Counters
from tresse.transfers.error_file import write_error_file
from tresse.transfers.models import Import
from tresse.transfers.report import counters_of, report

KEPT: dict[str, set[str] | None] = {
    "accounts": {"role"},
    "objects": None,
    "contenttypes": None,
    "auth": None,
}
"Tables of these rooms stay: None means all of them."


class House:
    """Records, files and imports of one test."""

    def __init__(self, folder):
        self.folder = folder
        self.ada = actor_of(
            add_user(email="ada@example.com", name="Ada", role="administrator", actor=SYSTEM)
        )

    @property
    def model(self):
        return data_model()

    def make(self, object_name, *, id=None, actor=None, **values):
        """A record, with the id the spec's tables give it."""
        model = self.model
        object_ = model.object(object_name)
        made = create_record(model, object_, values=values, actor=actor or self.ada)
        if id is None:
            return made
        with transaction.atomic():
            table = object_.table
            execute(table.update().where(table.c.id == made).values(id=id))
            for log, column in ((EVENT, EVENT.c.record_id), (HISTORY, HISTORY.c.record_id)):
                execute(log.update().where(column == made).values({column.name: id}))
        return id

    def start_ids(self, first):
        """The next record gets this id."""
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT setval('record_id', %s, false)", [first])
            else:
                execute(COUNTER.update().values(last=first - 1))

    def link(self, here, one, other, two, *, label=None):
        side = self.model.default_side(here, other)
        return link_records(self.model, side, [(one, two)], actor=self.ada, label=label)

    def file(self, content, *, name="x.csv", encoding="utf-8"):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def add(self, object_name, content, *, actor=None, name="x.csv", encoding="utf-8", **asked):
        path = self.file(content, name=name, encoding=encoding)
        settings = {
            key: asked.pop(key) for key in list(asked) if key not in ("mapping", "match", "reading")
        }
        return changes.add_import(
            object_name,
            file=path,
            file_name=name,
            actor=actor or self.ada,
            settings=settings,
            **asked,
        )

    def check(self, object_name, content, *, actor=None, **asked):
        row = self.add(object_name, content, actor=actor, **asked)
        row, job = changes.check_import(row, actor=actor or self.ada)
        return self._done(row, job)

    def run(self, row, *, actor=None):
        row, job = changes.run_import(row, actor=actor or self.ada)
        return self._done(row, job)

    def load(self, object_name, content, **asked):
        """Check, then run; both have the same numbers, and the identities of T76 hold."""
        row = self.check(object_name, content, **asked)
        if row.state != "checked":
            return row
        row = self.run(row, actor=asked.get("actor"))
        if row.state == "done":
            assert row.counters == row.planned
        return row

    def _done(self, row, job):
        job = run_here(job, show=lambda _: None)
        row = Import.objects.get(pk=row.pk)
        if row.state in ("done", "checked"):
            Counters.read(row.planned).check()
            counters_of(row).check()
        return row

    def report(self, row):
        return report(row)

    def links(self, one, two):
        """Pairs linked by the default type of two objects, as (one, two)."""
        side = self.model.default_side(one, two)
        found = rows(
            sa.select(LINK.c.from_id, LINK.c.to_id).where(
                LINK.c.association_id == side.association.id
            )
        )
        return sorted(pair if side.forward else pair[::-1] for pair in found)

    def labelled(self, name):
        id_ = self.model.association(name).id
        statement = sa.select(LINK.c.from_id, LINK.c.to_id).where(LINK.c.association_id == id_)
        return sorted(rows(statement))

    def values(self, object_name, *names):
        """Values of all live records, by id."""
        object_ = self.model.object(object_name)
        table = object_.table
        chosen = [table.c[object_.property(name).column] for name in names]
        statement = sa.select(table.c.id, *chosen).where(table.c.deleted_at.is_(None))
        statement = statement.order_by(table.c.id)
        return {
            id_: tuple(values) if len(names) > 1 else values[0] for id_, *values in rows(statement)
        }

    def everything(self, *, but=()):
        """Every row of every table but some, to be compared."""
        found = {}
        names = sorted(connection.introspection.table_names())
        with connection.cursor() as cursor:
            for name in names:
                if name in but or name.startswith("stage_"):
                    continue
                cursor.execute(f'SELECT * FROM "{name}"')  # noqa: S608  our own names
                found[name] = sorted(map(repr, cursor.fetchall()))
        return found


def codes(row, *levels):
    """Line and code of each finding, of some levels or of all."""
    found = row.findings.order_by("line", "id")
    return [(each.line, each.code) for each in found if not levels or each.level in levels]


def numbers(row):
    """Counters that are not 0."""
    counters = counters_of(row)
    names = ("rows", "created", "updated", "unchanged", "repeated", "skipped", "failed")
    return {name: getattr(counters, name) for name in names if getattr(counters, name)}


def links(row):
    """Counters of pairs that are not 0."""
    return {name: number for name, number in counters_of(row).links.items() if number}


@contextmanager
def emptied():
    """Empties every table but those of definitions at the end."""
    try:
        yield
    finally:
        empty()


def empty():
    _empty_tables()
    make_connections()  # those that are built in
    make_datasets()
    Role.objects.filter(is_builtin=False).delete()


def _empty_tables():
    names = [
        model._meta.db_table
        for model in apps.get_models()
        if not _is_kept(model) and model._meta.managed
    ]
    names += [table.name for table in METADATA.sorted_tables if table is not COUNTER]
    names += [table.name for table in (*MERGING.sorted_tables, *SEGMENTS.sorted_tables)]
    there = connection.introspection.table_names()
    # The words that are searched go with their records.
    names += [name for name in there if name.startswith("object_") and "_words" not in name]
    names = [name for name in dict.fromkeys(names) if name in there]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys=OFF")
    with transaction.atomic(), connection.cursor() as cursor:
        for name in names:
            # Nobody may delete from the audit log; on PostgreSQL it can be emptied as a whole.
            verb = "DELETE FROM"
            if connection.vendor == "postgresql" and name == AuditEntry._meta.db_table:
                verb = "TRUNCATE"
            cursor.execute(f'{verb} "{name}"')
        for name in there:
            if name.startswith("stage_"):
                cursor.execute(f'DROP TABLE "{name}"')
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys=ON")


def _is_kept(model):
    kept = KEPT.get(model._meta.app_label, set())
    return kept is None or model._meta.model_name in kept


def error_file(row):
    """The error file as one text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "errors.csv"
        write_error_file(row, path)
        return path.read_bytes().decode()
