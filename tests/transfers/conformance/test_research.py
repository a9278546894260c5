"""What people asked of other systems' imports, as tests (public threads named in each)."""

import random

import pytest
import sqlalchemy as sa
from django.db import connection

from tests.transfers.conformance.test_round_trip import exported
from tests.transfers.imports.house import codes, error_file, links, numbers
from tests.transfers.imports.test_resume import Killed, small_chunks
from tests.transfers.imports.test_undo import back
from tresse.jobs.worker import run_here
from tresse.objects.database import rows
from tresse.records.changes import update_record
from tresse.records.tables import LINK
from tresse.records.undo.shown import items_of
from tresse.transfers import changes, stage
from tresse.transfers.models import Import

__all__ = ["small_chunks"]


def people(number, *, city="Paris"):
    lines = "".join(f"p{n}@ex.org,N{n},{city},Acme\n" for n in range(number))
    return f"E-mail,First name,City,Associated Company\n{lines}"


def test_1_the_same_file_twice_creates_nothing(world):
    """T91 b: Mautic #5149, Twenty #11864: addresses in other case and with spaces."""
    world.load("contacts", people(30))
    row = world.load("contacts", people(30).replace("p1", " P1").replace("@ex.org", "@EX.org "))
    assert numbers(row) == {"rows": 30, "unchanged": 30}
    assert links(row) == {"asked": 30, "existing": 30}


def test_2_killed_half_way_and_resumed_is_as_undisturbed(world, small_chunks, monkeypatch):  # noqa: ARG001
    """T66: Frappe #15829: nothing twice, nothing missing, the same counters."""
    row = world.check("contacts", people(60))
    row, job = changes.run_import(row, actor=world.ada)
    run, left = stage.Ready.run, [0]

    def dying(self, **values):
        left[0] += 1
        if left[0] == 60:
            raise Killed
        return run(self, **values)

    with monkeypatch.context() as patch:
        patch.setattr(stage.Ready, "run", dying)
        with pytest.raises(Killed):
            run_here(job, show=lambda _: None)
    connection.close()
    row.refresh_from_db()
    assert 0 < row.counters["rows"] < 60

    job.refresh_from_db()
    run_here(job, show=lambda _: None)

    row = Import.objects.get(pk=row.pk)
    assert (row.state, row.counters) == ("done", row.planned)
    assert len(world.values("contact", "email")) == 63
    assert len(world.links("contact", "company")) == 60


def test_3_one_bad_row_of_ten_thousand_costs_one_row(world):
    """T36, T77, T91 d: NetBox #17228: the others are in; the one with its line and column."""
    lines = [f"r{n}@ex.org,N{n}" for n in range(10_000)]
    lines[5_000] = "r5000 at ex.org,N"
    row = world.load("contacts", "E-mail,First name\n" + "\n".join(lines) + "\n")
    assert numbers(row) == {"rows": 10_000, "created": 9_999, "failed": 1}
    [finding] = row.findings.all()
    assert (finding.line, finding.column, finding.code) == (5_002, "E-mail", "invalid_email")

    text = error_file(row).replace("r5000 at ex.org,N", "r5000@ex.org,N")
    assert text.count("\n") == 2
    row = world.load("contacts", text, name="errors.csv")
    assert numbers(row) == {"rows": 1, "created": 1}


def test_4_links_with_labels_made_and_taken_by_one_file(world):
    """T55, T58, T91 e: m–n with labels: the first state is back."""
    before = rows(sa.select(LINK))
    content = (
        "Deal ID,Associated Contact,Associated Contact Label\n61,51;52,Decision maker\n62,52,\n"
    )
    assert links(world.load("deals", content)) == {"asked": 3, "created": 3}
    row = world.load("deals", content, links="dissociate")
    assert links(row) == {"asked": 3, "removed": 3}
    assert rows(sa.select(LINK)) == before


@pytest.mark.parametrize("object_name", ["contacts", "companies", "deals"])
def test_5_an_export_imported_untouched_changes_nothing(world, object_name):
    """T85, T91 g: Twenty #12496 and #5893, Odoo as the model."""
    world.load("contacts", people(12))
    world.link("deal", 61, "contact", 51)
    row = world.load(object_name, exported(world, object_name))
    assert codes(row) == []
    assert numbers(row) == {"rows": row.counters["rows"], "unchanged": row.counters["rows"]}
    assert {name for name in links(row) if name not in ("asked", "existing")} == set()


def test_6_undo_keeps_what_was_edited_since(world):
    """T71, T72, T91 f: EspoCRM, SuiteCRM #805: 997 values are back, 3 stay and are listed."""
    world.load("contacts", people(1_000))
    row = world.load("contacts", people(1_000, city="Lyon"))
    assert numbers(row) == {"rows": 1_000, "updated": 1_000}
    model, contact = world.model, world.model.object("contact")
    ids = random.Random(3).sample(  # noqa: S311  a test's choice
        [id_ for id_, city in world.values("contact", "city").items() if city == "Lyon"], 3
    )
    for id_ in ids:
        update_record(model, contact, id_, values={"city": "Brest"}, actor=world.ada)

    done = back(world, row)

    assert (done.reversed, done.kept, done.failed) == (997, 3, 0)
    assert {each["id"] for each in items_of(done, "kept")} == set(ids)
    cities = list(world.values("contact", "city").values())
    assert (cities.count("Paris"), cities.count("Brest")) == (997, 3)


def test_15_a_second_company_leaves_the_first_and_a_limit_says_so(world):
    """C39, T52: Twenty #14013; where one is the most, the check says it before anything is done."""
    world.load("contacts", "E-mail,Associated Company\nanna@ex.org,41\n")
    world.load("contacts", "E-mail,Associated Company\nanna@ex.org,42\n")
    assert world.links("contact", "company") == [(51, 41), (51, 42)]
    assert world.labelled("primary_company") == [(51, 41)]

    order = world.make("order", order_number="7", ordered_at="2026-01-01T10:00Z")
    world.link("order", order, "contact", 51)
    row = world.check("orders", f"Order ID,Associated Contact\n{order},52\n")
    assert codes(row) == [(2, "association_limit_exceeded")]
    message = row.findings.get().details
    assert (message["number"], message["label"]) == (1, "Contact")
    assert links(row) == {"asked": 1, "failed": 1}
    assert world.links("order", "contact") == [(order, 51)]
