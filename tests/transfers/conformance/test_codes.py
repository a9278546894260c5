"""Every code of T79 comes of a file or an act that earns it (T91 j)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from tests.transfers.books import ods, ods_row, row, xlsx
from tresse.accounts.changes import change_settings
from tresse.config.doors import cli
from tresse.jobs.worker import run_here
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.transfers import changes
from tresse.transfers.models import Import, ScheduledExport
from tresse.transfers.refusals import LEVEL_OF

NOT_YET = {"consent_not_raised"}
"No column holds a consent before messages are there (M17)."

FILES: dict[str, tuple[str, str | bytes, dict[str, Any]]] = {
    "file_is_empty": ("contacts", "", {}),
    "undecodable_text": (
        "contacts",
        b"E-mail,City\na@ex.org,\x81\n",
        {"reading": {"encoding": "windows-1252"}},
    ),
    "columns_undecided": ("contacts", "E-mail,Fax\na@ex.org,1\n", {"unmapped": "ask"}),
    "property_mapped_twice": ("contacts", "E-mail,E-mail\na@ex.org,b@ex.org\n", {}),
    "column_needs_answer": ("companies", "Company ID,Associated Deals\n41,61\n", {}),
    "date_order_unknown": ("deals", "Deal ID,Close date\n61,03/04/2027\n", {}),
    "number_form_unknown": ("deals", 'Deal ID,Amount\n61,"1,234"\n', {}),
    "no_match_key": ("deals", "Name\nNew\n", {"mode": "update"}),
    "nothing_written": ("contacts", "E-mail\nno address\n", {"all_or_nothing": True}),
    "incorrect_number_of_columns": ("contacts", "E-mail,City\na@ex.org,Lyon,X\n", {}),
    "could_not_parse_row": ("contacts", 'E-mail,City\na@ex.org,"Ly\n', {}),
    "keys_disagree": (
        "contacts",
        "External ID,E-mail\nx-51,bob@ex.org\n",
        {"match": ["external_id", "email"]},
    ),
    "create_only_import": ("contacts", "E-mail\nanna@ex.org\n", {"mode": "create"}),
    "update_only_import": ("contacts", "E-mail\nnew@ex.org\n", {"mode": "update"}),
    "cell_too_large": ("contacts", f"E-mail,City\na@ex.org,{'x' * 70_000}\n", {}),
    "association_record_not_found": (
        "contacts",
        "E-mail,Associated Company\na@ex.org,999999\n",
        {},
    ),
    "invalid_association_key": ("companies", "ID,Associated Deal\n41,abc\n", {}),
    "conflicting_rows": ("contacts", "E-mail,City\na@ex.org,X\na@ex.org,Y\n", {}),
    "duplicate_row": ("deals", "Name\nRoof\nRoof\n", {}),
    "column_ignored": ("contacts", "E-mail,Fax\na@ex.org,1\n", {}),
    "links_not_requested": (
        "contacts",
        "E-mail,Associated Company\na@ex.org,41\n",
        {"links": "ignore"},
    ),
    "name_disagrees": (
        "contacts",
        "E-mail,Associated Deal,Associated Deal name\na@ex.org,61,Wall\n",
        {},
    ),
}
"Code → object, file, what is asked; checked, then run."


def codes_of(house, object_name, content, asked):
    """Codes of findings, and of the refusal if there is one."""
    found = set()
    try:
        made = house.check(object_name, content, **asked)
        if made.state == "checked":
            made = house.run(made)
        found |= {made.error_code}
    except TresseError as error:
        found.add(error.code)
    found |= set(Import.objects.latest("id").findings.values_list("code", flat=True))
    return found


def _book(house, name, write):
    path = write(house.folder / name)
    return codes_of(house, "contacts", path.read_bytes(), {"name": name})


def unsupported(house):
    return codes_of(house, "contacts", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, {})


def too_large(house):
    change_settings({"max_import_megabytes": 1}, actor=house.ada)
    with pytest.raises(TresseError) as refused:
        house.add("contacts", "E-mail\n" + "a@ex.org\n" * 150_000)
    return {refused.value.code}


def encrypted(house):
    more = {"META-INF/manifest.xml": "<encryption-data/>"}
    return _book(house, "x.ods", lambda path: ods(path, ods_row("A"), **more))


def damaged(house):
    return _book(house, "x.xlsx", lambda path: xlsx(path, "<row><c>"))


def sheets(house):
    two = (row("E-mail") + row("a@ex.org"), row("E-mail") + row("b@ex.org"))
    return _book(house, "x.xlsx", lambda path: xlsx(path, *two))


def formula(house):
    cells = row("E-mail", "City") + row("a@ex.org", ('t="e"', "<v>#N/A</v>"))
    return _book(house, "x.xlsx", lambda path: xlsx(path, cells))


def columns(house):
    header = ",".join(f"c{n}" for n in range(1_100))
    return codes_of(house, "contacts", f"{header}\n{header}\n", {})


def both(house):
    """Only the command line can ask for both."""
    path = house.file("ID,Associated Company\n51,41\n")
    asked = ["import", "contacts", str(path), "--json"]
    asked += ["--links", "associate", "--links", "dissociate"]
    return {"associate_or_dissociate"} & set(CliRunner().invoke(cli, asked).output.split('"'))


def changed_plan(house):
    made = house.check("contacts", "E-mail,City\nnew@ex.org,X\n", same_plan=True)
    house.make("contact", email="new@ex.org")
    return {house.run(made).error_code}


def state(house):
    made = house.load("contacts", "E-mail\na@ex.org\n")
    return _refused(lambda: changes.run_import(made, actor=house.ada))


def late(house):
    made = house.load("contacts", "E-mail\na@ex.org\n")
    with clock.at(clock.now() + timedelta(days=31)):
        return _refused(lambda: changes.undo_import(made, actor=house.ada))


def twice(house):
    made = house.load("contacts", "E-mail\na@ex.org\n")
    changes.undo_import(made, actor=house.ada)
    made.refresh_from_db()
    return _refused(lambda: changes.undo_import(made, actor=house.ada))


def _refused(act: Callable[[], object]) -> set[str]:
    with pytest.raises(TresseError) as refused:
        act()
    return {refused.value.code}


def possible(house):
    house.make("contact", email="p@ex.org", phone="+33472001842")
    return codes_of(house, "contacts", "E-mail,Phone\nq@ex.org,+33472001842\n", {})


def drift(house):
    made = house.check("contacts", "E-mail,City\nnew@ex.org,X\n")
    house.make("contact", email="new@ex.org")
    return set(house.run(made).findings.values_list("code", flat=True))


def same_file(house):
    house.load("contacts", "E-mail\na@ex.org\n")
    return codes_of(house, "contacts", "E-mail\na@ex.org\n", {})


def wide(house):
    """A property holds a longer text than a cell of XLSX."""
    house.make("deal", name="Long", description="x" * 40_000)
    asked = {"format": "xlsx", "columns": ["description"]}
    return _refused(
        lambda: changes.add_export("deals", file_name="x.xlsx", asked=asked, actor=house.ada)
    )


def paused(house):
    kept = changes.add_scheduled_export(
        "d", object_name="contacts", actor=house.ada, cron="0 6 * * *", to={"download": True}
    )
    ScheduledExport.objects.update(settings={"columns": ["no_such_property"]})
    for _ in range(5):
        job = changes.run_scheduled_export(kept, actor=house.ada)
        run_here(job, show=None)
        kept.refresh_from_db()
    return {"export_paused"} if kept.is_paused else set()


ACTS: dict[str, Callable[[Any], set[str]]] = {
    "unsupported_file_type": unsupported,
    "file_too_large": too_large,
    "file_is_encrypted": encrypted,
    "file_is_damaged": damaged,
    "sheet_not_chosen": sheets,
    "too_many_columns": columns,
    "associate_or_dissociate": both,
    "plan_changed": changed_plan,
    "wrong_state": state,
    "undo_expired": late,
    "already_undone": twice,
    "spreadsheet_error_value": formula,
    "possible_duplicate": possible,
    "plan_drift": drift,
    "same_file_before": same_file,
    "does_not_fit_format": wide,
    "export_paused": paused,
}


def test_each_code_has_a_file_or_an_act():
    """T79, T91 j: none is left out."""
    assert {*FILES, *ACTS, *NOT_YET} == set(LEVEL_OF)


@pytest.mark.parametrize("code", FILES)
def test_a_file_earns_the_code(world, code):
    """T79, T91 j."""
    assert code in codes_of(world, *FILES[code])


@pytest.mark.parametrize("code", ACTS)
def test_an_act_earns_the_code(world, code):
    """T79, T91 j."""
    assert code in ACTS[code](world)
