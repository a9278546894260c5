"""What changed is worked out and the rest taken over: with the result of a full build (D81)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.builds.worlds import built, example, fed, golden, people, row
from tests.datasets.standing import publish
from tests.examples import examples
from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds import narrow, region
from tresse.datasets.builds.tables import folder_of, tables_of
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.changes.decisions import decide, withdraw
from tresse.datasets.layout import TABLES
from tresse.datasets.models import Dataset, Decision
from tresse.sources.models import Source
from tresse.sources.versions import engine, table_of


def tables(dataset: Dataset) -> dict[str, list[str]]:
    """All rows of all tables of the published version, as texts in order."""
    with engine() as session:
        found = tables_of(session, dataset.version)
        return {
            name: sorted(map(repr, session.rows(found.table(name).select()))) for name in TABLES
        }


def test_a_build_of_the_same_is_unchanged():
    """D81, S113: same inputs, rules and decisions: no version; `--full` makes one all the same."""
    dataset = example()
    built(dataset)

    again = built(dataset)
    full = built(dataset, full=True)

    assert (again.state, again.number) == ("unchanged", None)
    assert (full.state, full.is_full, dataset.version.number) == ("published", True, 2)
    assert full.changed_records == 0


def test_rows_read_again_that_are_the_same_make_no_version():
    """D81: a new version of a source with the same rows changes nothing."""
    dataset = example()
    built(dataset)
    for name in ("crm", "web", "pos"):
        source = Source.objects.get(name=name)
        with engine() as session:
            table = table_of(session, source.version)
            rows = session.rows(table.select())
        found = [dict(zip(table.c.keys(), each, strict=True)) for each in rows]
        publish(source, found)

    assert built(dataset).state == "unchanged"


def test_only_what_changed_is_worked_out():
    """D82: the version of the last change stays where nothing changed."""
    dataset = example()
    built(dataset)
    fed("web", [("7", 2, None, " JANE@x.fr", None), ("9", 6, None, "nine@x.fr", "0000000000")])

    run = built(dataset)

    assert (run.state, run.is_full, run.changed_records) == ("published", False, 1)
    assert [each["_changed_in"] for each in golden(dataset)] == [1, 1, 2]


def test_other_rules_work_everything_out_anew():
    """D81, D66: rules that were changed make the next build a full one."""
    dataset = example()
    built(dataset)
    identity = {"keys": [["customer_id"], ["email"]]}
    dataset = change_dataset(dataset, merged(dataset, {"identity": identity}), actor=SYSTEM)

    run = built(dataset)

    assert (run.state, run.is_full) == ("published", True)
    assert [each["_members"] for each in golden(dataset)] == [2, 1, 1, 1, 1]
    assert not dataset.needs_full


WORDS = st.sampled_from([None, "a@x.fr", "b@x.fr", "c@x.fr", "d@x.fr"])
PHONES = st.sampled_from([None, "+33611111111", "+33622222222", "0633333333"])
CUSTOMERS = st.sampled_from([None, None, "C1", "C2", "C3"])
PEOPLE = st.dictionaries(
    st.sampled_from([f"{source}/{n}" for source in ("crm", "web", "pos") for n in range(5)]),
    st.tuples(st.integers(1, 9), CUSTOMERS, WORDS, PHONES, st.sampled_from(["Ann", "Bob", None])),
    max_size=12,
)
PAIRS = st.tuples(*[st.sampled_from(["crm/0", "web/1", "pos/2", "web/3"])] * 2)
STEPS = st.lists(
    st.one_of(
        PEOPLE,
        st.tuples(st.sampled_from([Decision.LINK, Decision.APART]), PAIRS),
        st.just("withdraw"),
    ),
    min_size=2,
    max_size=4,
)


def write(world) -> None:
    """The three sources with the records of a world; keys are `source/number`."""
    for name in ("crm", "web", "pos"):
        rows = [
            row(key.partition("/")[2], seen, customer, email, phone, first_name=first)
            for key, (seen, customer, email, phone, first) in world.items()
            if key.startswith(name)
        ]
        fed(name, rows)


def step(dataset: Dataset, what) -> None:
    if isinstance(what, dict):
        write(what)
    elif what == "withdraw":
        standing = Decision.objects.filter(dataset=dataset, withdrawn_at=None).first()
        if standing:
            withdraw(standing, actor=SYSTEM)
    elif what[1][0] != what[1][1] and not Decision.objects.filter(
        dataset=dataset, withdrawn_at=None
    ):
        decide(dataset, what[0], *what[1], actor=SYSTEM, reason="a test")


NAMES = iter(f"people_{number}" for number in range(100_000))


def again_in_full(dataset: Dataset, base) -> None:
    """Build the same number once more, in full, from the same version before."""
    made = dataset.version
    Dataset.objects.filter(pk=dataset.pk).update(
        version=base, last_number=base.number if base else 0
    )
    made.delete()
    run = built(dataset, full=True)
    assert (run.state, run.message) == ("published", "")


@pytest.fixture(params=["narrow", "whole"])
def way(request, monkeypatch):
    """Only what a change reaches is worked out, however far that is; or all, never mind."""
    if request.param == "narrow":
        monkeypatch.setattr(narrow, "MOST_CHANGED", float("inf"))
        monkeypatch.setattr(region, "MOST_REACHED", float("inf"))
    else:
        monkeypatch.setattr(narrow.Narrow, "changes", _too_wide)
    return request.param


def _too_wide(_self):
    raise region.TooWide


@examples(3)
@given(PEOPLE, STEPS)
def test_incremental_is_full(way, first, steps):
    """D81, D82: after any changes of records and decisions, not one row differs."""
    write(first)
    dataset = people(name=next(NAMES))
    assert built(dataset).state == "published"
    for each in steps:
        base = dataset.version
        step(dataset, each)
        run = built(dataset)
        assert run.state in ("published", "unchanged"), run.details
        if run.state == "unchanged":
            continue
        is_layered = any(folder_of(dataset.version).glob("records/layer-*"))
        decided = Decision.objects.filter(dataset=dataset, kind=Decision.LINK)
        assert not is_layered or way == "narrow"
        assert is_layered or way == "whole" or decided.exists()
        assert not run.is_full
        found, judged = tables(dataset), dataset.version.health
        again_in_full(dataset, base)
        assert tables(dataset) == found
        assert dataset.version.health == judged
