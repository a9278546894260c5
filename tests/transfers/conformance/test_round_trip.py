"""Export, then import of the untouched file: nothing changes (T85, T91 g)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.transfers.imports.house import codes, links, numbers
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.objects.models import Property
from tresse.transfers import changes
from tresse.transfers.changes.exporting import path_of
from tresse.transfers.models import Export, Import

HOSTILE = [
    '"', '""', "a\nb", "a\r\nb", "=1+1", "+1", "-1", "@x", "'x", "''=x", "'=1", "007", "1,5", "1.5",
    "1e5", "😀", "a;b", "a|b", "N/A", "NULL", "true", "2020-01-01", "01/02/2020", "=", "'", "\\",
    "%", "\u200b", "é", "e\u0301", "ﬀ", "\u202e", "-", "--", "<b>", "{x}", "x" * 5000,
    "+48 600 100 200", "\x07",
]  # fmt: skip


def exported(house, object_name, **asked):
    job = changes.add_export(
        object_name, file_name="x.csv", asked={"with_links": True, **asked}, actor=house.ada
    )[1]
    run_here(job, show=None)
    row = Export.objects.latest("id")
    assert row.state == "done"
    return path_of(row.pk).read_bytes()


def assert_unchanged(row):
    found = numbers(row)
    assert codes(row) == [], [each.details for each in row.findings.all()]
    assert found.get("unchanged", 0) + found.get("repeated", 0) == found["rows"]
    left = {
        name: number for name, number in links(row).items() if name not in ("asked", "existing")
    }
    assert left == {}
    assert row.counters["primary_links"] == row.counters["replaced_links"] == 0


def filled(house):
    """Records of all sorts of values, linked in all ways."""
    for position, text in enumerate(HOSTILE):
        values = {"first_name": text, "city": text, "email": f"h{position}@ex.org"}
        house.make("contact", **values)
        try:
            house.make("company", name=text, description=f"x{text}y\n{text}")
        except TresseError:
            continue  # nothing but marks that no name may be made of
    house.make(
        "deal",
        name="=cmd|' /C calc'!A0",
        amount="1234.567",
        close_date="2027-04-03",
        description="1\n2\r\n3",
        lost_reason="price",
    )
    house.make("deal", name="Zero", amount="-1000")
    house.make("order", order_number="1,5", ordered_at="2026-01-02T03:04:05Z")
    house.make(
        "contact",
        first_name="Zoë",
        phone="+33612345678",
        language="fr",
        country="FR",
        birthday="1970-01-02",
    )
    for one in (51, 52, 53):
        house.link("contact", one, "company", 41)
        house.link("contact", one, "company", 42)
        house.link("deal", 61, "contact", one)
    house.link("company", 42, "company", 41)
    house.link("contact", 52, "contact", 51)


@pytest.mark.parametrize(
    "asked",
    [{}, {"form": "names"}, {"form": "brevo"}, {"keys": "external_id"}],
    ids=["plain", "names", "brevo", "external ids"],
)
def test_nothing_changes(world, asked):
    """T85, T81, T82, T83, T84, T39"""
    filled(world)
    world.load("deals", "Deal ID,Decision maker\n61,51\n")
    for object_name in ("contacts", "companies", "deals", "orders"):
        content = exported(world, object_name, **asked)
        assert content.startswith(b"\xef\xbb\xbf")
        assert_unchanged(world.load(object_name, content, name="export.csv"))


text = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=30
) | st.sampled_from(HOSTILE)


@given(
    st.lists(st.tuples(text, text), min_size=1, max_size=8),
    st.sampled_from(("csv", "txt", "xlsx", "ods", "jsonl")),
)
@examples(12)
def test_any_text_survives(world, texts, format):
    """T85: a property test with hostile texts, of one line and of several, in every format."""
    Import.objects.all().delete()  # the file of another example may be the same
    made = 0
    for first, second in texts:
        try:
            world.make(
                "contact", first_name=first, last_name=second, email=f"r{made}{id(texts)}@ex.org"
            )
        except TresseError:
            continue
        made += 1
    before = world.values("contact", "first_name", "last_name")
    content = exported(world, "contacts", format=format)
    row = world.load("contacts", content, name=f"export.{format}")
    assert_unchanged(row)
    assert world.values("contact", "first_name", "last_name") == before


def test_the_export_of_a_part_is_no_change_either(world):
    """T80, T81: chosen columns and a filter; id and external id are there anyway."""
    filled(world)
    content = exported(world, "contacts", columns=["email"])
    assert content.decode("utf-8-sig").splitlines()[0].startswith("ID,External id,E-mail")
    assert_unchanged(world.load("contacts", content))


def test_an_export_without_links(world):
    """T81: `--no-links`."""
    filled(world)
    content = exported(world, "contacts", with_links=False)
    assert "Company" not in content.decode("utf-8-sig").splitlines()[0]
    assert_unchanged(world.load("contacts", content))


def test_the_export_dissociated_takes_all_links_of_its_columns(world):
    """T82, T55: the export is the file that undoes the links."""
    filled(world)
    row = world.load("contacts", exported(world, "contacts"), links="dissociate")
    assert world.links("contact", "company") == []
    assert links(row)["removed"] == links(row)["asked"]


def test_options_of_every_kind_come_back(world):
    """T83: options whose label holds a separator go by name."""
    prop = Property.objects.get(object_type__name="contact", name="lead_source")
    option = prop.options.create(name="a_or_b", label="A; or B", position=90)
    try:
        world.load("contacts", "E-mail,Lead source\nz@ex.org,a_or_b\n")
        assert "a_or_b" in world.values("contact", "lead_source").values()
        assert_unchanged(world.load("contacts", exported(world, "contacts")))
    finally:
        option.delete()
