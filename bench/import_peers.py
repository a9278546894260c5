"""An import beside what one would write with Django: row by row, and by django-import-export.

Peers: a loop over the rows with `get_or_create`, `save`, a row of history and a link for each; and
a `ModelResource` of django-import-export as its documentation shows it. Same file, same columns,
same key, same indexes, no full text; neither says what became of a row.
"""

import csv
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import tablib
from django.apps import AppConfig, apps
from django.db import connection, models, transaction
from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import ForeignKeyWidget

from bench.import_contacts import (
    HEADERS,
    checked,
    companies,
    lines,
    write,
    written,
)
from bench.measured import cpu_seconds, peak_mib

ROWS = 20_000
LABEL = "bench_peers"
NAMES = tuple(each.lower().replace("-", "").replace(" ", "_") for each in HEADERS[:-1])
"Fields of a contact in the order of the file, whose last column is its company."


class Peers(AppConfig):
    """The application that the models below belong to, installed while they are measured."""

    name = "bench"
    label = LABEL


class Firm(models.Model):
    """A company."""

    name = models.TextField(db_index=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        app_label = LABEL

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """A contact with the columns of the file, indexed as a record table is."""

    external_id = models.TextField(unique=True)
    email = models.TextField(unique=True)
    first_name = models.TextField()
    last_name = models.TextField(db_index=True)
    phone = models.TextField(db_index=True)
    mobile = models.TextField(db_index=True)
    job_title = models.TextField()
    lifecycle_stage = models.TextField()
    lead_source = models.TextField()
    language = models.TextField()
    birthday = models.DateField(null=True)
    street = models.TextField()
    postcode = models.TextField()
    city = models.TextField()
    country = models.TextField()
    company = models.ForeignKey(Firm, null=True, on_delete=models.SET_NULL)
    "Written by django-import-export, which has no links of its own."
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        app_label = LABEL

    def __str__(self) -> str:
        return self.email


class PersonFirm(models.Model):
    """A link."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    firm = models.ForeignKey(Firm, on_delete=models.CASCADE)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        app_label = LABEL
        constraints = (models.UniqueConstraint(fields=["person", "firm"], name="bench_pair"),)

    def __str__(self) -> str:
        return f"{self.person}: {self.firm}"


class Changed(models.Model):
    """A row of history: what a save changed."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE)
    at = models.DateTimeField(auto_now_add=True)
    values = models.JSONField()

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        app_label = LABEL

    def __str__(self) -> str:
        return f"{self.person}: {self.values}"


class PersonResource(ModelResource):  # type: ignore[misc]  # it has no types
    """The import of persons, by external id."""

    company = Field("company", "company", widget=ForeignKeyWidget(Firm, "id"))

    class Meta:
        model = Person
        fields = (*NAMES, "company")
        import_id_fields = ("external_id",)


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand, which should be fresh.

    Returns:
        Fields of `tresse bench`: `seconds` are ours, check and run; of each peer seconds, and how
        many times as long as ours it took, and as our run alone (a peer has no check).
    """
    _install()
    ids = companies(max(rows // 50, 10))
    with TemporaryDirectory() as folder:
        half, whole = Path(folder) / "half.csv", Path(folder) / "contacts.csv"
        write(half, lines(rows // 2, ids, seed=1, step=2, start=0))
        write(whole, lines(rows, ids, seed=2, step=1, start=0))
        written(checked(half)[0])
        row, check, check_cpu = checked(whole)
        _, seconds, run_cpu = written(row)
        ours, ours_cpu = check + seconds, check_cpu + run_cpu
        peers = {"loop": by_loop, "import_export": by_import_export}
        took = {
            name: _measured(import_file, half, whole, ids) for name, import_file in peers.items()
        }
    return {
        "name": "import-peers",
        "database": connection.vendor,
        "rows": rows,
        "seconds": round(ours, 2),
        "check_seconds": round(check, 2),
        "run_seconds": round(seconds, 2),
        "rows_per_second": round(rows / ours),
        **{f"{name}_seconds": round(wall, 2) for name, (wall, _) in took.items()},
        **{f"{name}_ratio": round(wall / ours, 1) for name, (wall, _) in took.items()},
        **{f"{name}_run_ratio": round(wall / seconds, 1) for name, (wall, _) in took.items()},
        **{f"{name}_cpu_ratio": round(cpu / ours_cpu, 1) for name, (_, cpu) in took.items()},
        "floor_ratio": round(ours / min(wall for wall, _ in took.values()), 4),
        "peak_mib": peak_mib(),
    }


def _install() -> None:
    """Make the application known: django-import-export asks for that of a model."""
    if LABEL not in apps.app_configs:
        config = apps.app_configs[LABEL] = AppConfig.create("bench.import_peers.Peers")
        config.apps = apps
        config.import_models()
        apps.clear_cache()


def _measured(import_file: Any, half: Path, whole: Path, ids: range) -> tuple[float, float]:
    """Seconds and CPU seconds of a peer, in tables of its own of which half is filled before."""
    tables = (Firm, Person, PersonFirm, Changed)
    with connection.schema_editor() as editor:
        for table in tables:
            editor.create_model(table)
    Firm.objects.bulk_create(Firm(id=id, name=f"Company {id}") for id in ids)
    import_file(half)
    began, cpu = time.perf_counter(), cpu_seconds()
    import_file(whole)
    spent = time.perf_counter() - began, cpu_seconds() - cpu
    with connection.schema_editor() as editor:
        for table in reversed(tables):
            editor.delete_model(table)
    return spent


def by_loop(path: Path) -> None:
    """Row by row, in one transaction: many small ones would take longer still."""
    with path.open(encoding="utf-8", newline="") as opened, transaction.atomic():
        reader = csv.reader(opened)
        next(reader)
        for *cells, firm in reader:
            values: dict[str, Any] = dict(zip(NAMES, cells, strict=True))
            key = values.pop("external_id")
            person, is_new = Person.objects.get_or_create(external_id=key, defaults=values)
            if not is_new:
                old = {name: str(getattr(person, name)) for name in values}
                for name, value in values.items():
                    setattr(person, name, value)
                person.save()
                values = {n: [old[n], value] for n, value in values.items() if old[n] != value}
            Changed.objects.create(person=person, values=values)
            PersonFirm.objects.get_or_create(person=person, firm=Firm.objects.get(pk=firm))


def by_import_export(path: Path) -> None:
    """By a resource, row by row as is its default, in one transaction."""
    with path.open(encoding="utf-8", newline="") as opened:
        dataset = tablib.Dataset().load(opened, format="csv")
    dataset.headers = [*NAMES, "company"]
    PersonResource().import_data(dataset, raise_errors=True, use_transactions=True)
