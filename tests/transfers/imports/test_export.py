"""Plain CSV exports, and what was exported imported again (T80 to T85)."""

import csv
import io
import json
from contextlib import contextmanager

import pytest
from click.testing import CliRunner

from tests.transfers.imports.house import codes, links, numbers
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user, deactivate_user
from tresse.accounts.models import AuditEntry
from tresse.accounts.queries import actor_of
from tresse.config.doors import cli
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.objects.changes import change_property
from tresse.objects.models import Property
from tresse.transfers import changes
from tresse.transfers.changes.exporting import path_of
from tresse.transfers.files.texts import guarded
from tresse.transfers.models import Export

HOSTILE = (
    'He said "hi"',
    "two\nlines",
    "=1+1",
    "'=x",
    "'x",
    "'-5",
    "-5",
    "+48 600 100 200",
    "@cmd",
    "007",
    "1,5",
    "1.500",
    "🦊 Łódź",
    "  spaced  out ",
    "a;b|c",
    "N/A",
    "-",
)


@pytest.fixture
def full(house):
    """Records with hostile texts, every kind of value, links and link labels."""
    for text in HOSTILE:
        house.make("company", name=text, description=text, city=text)
    house.make("company", id=41, name="Acme", annual_revenue="1234.567", employee_count="1200")
    house.make(
        "contact",
        id=51,
        email="anna@ex.org",
        phone="+33612345678",
        birthday="1990-02-03",
        country="fr",
        first_name="=Anna",
    )
    house.make("contact", id=52, email="bob@ex.org")
    house.make("deal", id=61, name="Roof", amount="1.234", close_date="2027-04-03")
    house.link("contact", 51, "company", 41)
    house.link("contact", 52, "company", 41)
    house.link("deal", 61, "contact", 51, label="decision_maker")
    house.link("deal", 61, "contact", 52)
    return house


def exported(house, object_name, *, actor=None, **asked):
    row, job = changes.add_export(
        object_name, file_name=f"{object_name}.csv", asked=asked, actor=actor or house.ada
    )
    run_here(job, show=lambda _: None)
    row = Export.objects.get(pk=row.pk)
    assert row.state == "done"
    return row, path_of(row.pk).read_bytes()


def table(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("object_name", ["companies", "contacts", "deals"])
def test_an_untouched_file_changes_nothing(full, object_name):
    """T85: all rows unchanged, nothing linked, no finding; T84: the guard comes off again."""
    before = full.everything(but=KEPT)
    export, content = exported(full, object_name)

    row = full.load(object_name, content)

    assert numbers(row) == {"rows": export.rows, "unchanged": export.rows}
    assert codes(row) == []
    assert set(links(row)) <= {"asked", "existing"}
    after = full.everything(but=KEPT)
    assert {name for name in before if before[name] != after[name]} == set()


@pytest.fixture
def held(house):
    """A company of an owner who left, with an option that is archived; another without them."""
    leaver = add_user(email="lea@ex.org", name="Lea", role="administrator", actor=SYSTEM)
    industry = Property.objects.get(object_type__name="company", name="industry")
    house.make("company", id=41, name="Acme", owner="lea@ex.org", industry="energy")
    house.make("company", id=42, name="Bold")
    deactivate_user(leaver, actor=SYSTEM)
    with archived(industry, "energy"):
        yield house


@contextmanager
def archived(prop, option):
    change_property(prop, options=[{"name": option, "archived": True}], actor=SYSTEM)
    yield
    change_property(prop, options=[{"name": option, "archived": False}], actor=SYSTEM)


def test_what_a_record_holds_is_no_finding(held):
    """T85: an owner who is no longer active, an option that is archived."""
    _, content = exported(held, "companies")
    row = held.load("companies", content)
    assert numbers(row) == {"rows": 2, "unchanged": 2}
    assert codes(row) == []
    assert row.plan_facts["unknown_options"] == {}


def test_what_another_record_holds_is_a_finding(held):
    """T36, T85: nobody is given to who left, no record gets an archived option."""
    before = held.values("company", "owner", "industry")
    row = held.load("companies", "ID,Owner,Industry\n41,lea@ex.org,Energy\n42,lea@ex.org,Energy\n")
    assert codes(row) == [(3, "inactive_user"), (3, "invalid_option")]
    assert row.plan_facts["unknown_options"] == {"industry": {"Energy": 1}}
    assert held.values("company", "owner", "industry") == before


KEPT = (
    *("transfers_import", "transfers_importfinding", "transfers_export", "jobs_job"),
    *("jobs_notification", "accounts_auditentry", "change_set", "django_session"),
)


def test_columns_and_values(full):
    """T81 to T83: ids first, association columns by full name, ISO values, points."""
    _, content = exported(full, "deals")
    [head, row] = table(content)

    assert head[:2] == ["ID", "External id"]
    found = dict(zip(head, row, strict=True))
    assert found["Amount"] == "1.2340"
    assert found["Close date"] == "2027-04-03"
    assert found["Created at"].endswith("Z")
    assert found["Owner"] == "ada@example.com"
    assert found["Deal > Contact"] == "51; 52"
    assert found["Deal > Decision maker"] == "51"
    assert content.startswith(b"\xef\xbb\xbf")


def test_chosen_columns_filter_names_and_keys(full):
    """T80 to T82: columns by name, a filter, e-mails in place of ids, no links."""
    asked = {
        "columns": ["email", "city"],
        "filter": {"property": "email", "operator": "is", "value": "anna@ex.org"},
    }
    _, content = exported(full, "contacts", with_links=False, form="names", **asked)
    assert table(content) == [["ID", "external_id", "email", "city"], ["51", "", "anna@ex.org", ""]]

    _, content = exported(full, "companies", columns=["name"], keys="email")
    rows = {row[0]: row for row in table(content)}
    assert rows["41"][3] == "anna@ex.org; bob@ex.org"


def test_the_form_of_brevo(full):
    """T82: `Associated …` headers, one row per link with one association cell filled."""
    _, content = exported(full, "deals", columns=["name"], form="brevo")

    assert table(content) == [
        ["ID", "External id", "Name", "Associated Contact"],
        ["61", "", "Roof", "51"],
        ["61", "", "Roof", "52"],
    ]
    row = full.load("deals", content)
    assert numbers(row) == {"rows": 2, "unchanged": 1, "repeated": 1}
    assert links(row) == {"asked": 2, "existing": 2}


def test_guard_against_formulas():
    """T84: texts only, after any number of apostrophes; not numbers."""
    assert [guarded(text) for text in ("=1", "''@x", "-5", "- 5 a", "'x", "+4 5", "\tx")] == [
        *("'=1", "'''@x", "-5", "'- 5 a", "'x", "+4 5", "'\tx"),
    ]


def test_rights_sight_and_the_audit_log(full):
    """T80, C114: the right `export`; records out of sight are left out."""
    reader = actor_of(add_user(email="r@example.com", name="R", role="reader", actor=SYSTEM))
    assert reader.scope("contact", "export") == "none"
    with pytest.raises(TresseError) as refused:
        exported(full, "contacts", actor=reader)
    assert refused.value.code == "not_permitted"

    exported(full, "contacts")
    assert AuditEntry.objects.filter(action="export.done").get().after == {"rows": 2}


def test_by_command(full):
    """`tresse export`, with the fields of cli.md."""
    path = full.folder / "out.csv"
    words = ["export", "contact", str(path), "--columns", "email", "--no-links", "--json"]

    result = CliRunner().invoke(cli, words, obj=words, catch_exceptions=False)

    fields = json.loads(result.stdout)
    assert fields["rows"] == 2
    assert fields["columns"] == ["ID", "External id", "E-mail"]
    assert fields["bytes"] == path.stat().st_size


def test_adding_options_adds_no_archived_one_again(held):
    """T37, T85: a record that holds it is untouched; in another it is a finding."""
    file = "ID,Industry\n41,Energy\n42,Energy\n"
    before = held.values("company", "industry")
    row = held.load("companies", file, unknown_options="add")
    assert codes(row) == [(3, "invalid_option")]
    assert (row.state, row.plan_facts["new_options"]) == ("done", {})
    assert held.values("company", "industry") == before
