"""Changes of the kind of a property (C30, C31, C5a)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.records.conftest import NOW
from tresse.accounts.actor import SYSTEM
from tresse.jobs import worker
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects.changes import add_property, change_property, delete_property
from tresse.objects.definitions import apply_file
from tresse.objects.described import data_model
from tresse.objects.doctor import examine
from tresse.objects.models import KindChange
from tresse.objects.queries import object_type_named, property_named
from tresse.objects.tables import physical_columns
from tresse.records.changes import update_record
from tresse.records.changes.kinds import bring_back, change_kind, drop_old_columns, examine_kind
from tresse.records.models import View
from tresse.records.queries import history_of, record
from tresse.segments.models import Segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def size(ada):
    """A text property of deals."""
    deal = object_type_named("deal")
    return add_property(deal, name="size", label="Size", kind="text", actor=ada)


@pytest.fixture
def fill(make, size, ada):  # noqa: ARG001  the property comes first
    """Makes deals that have these values; answers their ids."""

    def made(*values, name="size"):
        model = data_model()
        ids = [make("deal", name="Roof") for _ in values]
        for id, value in zip(ids, values, strict=True):
            if value is not None:
                update_record(model, model.object("deal"), id, values={name: value}, actor=ada)
        return ids

    return made


def values(*ids, name="size"):
    model = data_model()
    return [record(model, model.object("deal"), id, SYSTEM).values[name] for id in ids]


NO_WORK: Any = None
"What the job of the night asks of its attempt."


def done():
    worker.run(until_idle=True)
    return KindChange.objects.latest("pk")


def test_the_dry_run_counts_and_lists_what_fails(fill, size, ada):
    """C30"""
    fill("12", "12 000", "many", "many", "few", None)

    report, _ = examine_kind(size, "integer", actor=ada)

    assert (report.records, report.empty, report.converted, report.unchanged) == (6, 1, 2, 0)
    assert (report.emptied, report.distinct) == (3, 2)
    assert [(each.value, each.number, each.refused.code) for each in report.failing] == [
        ("many", 2, "could_not_parse_number"),
        ("few", 1, "could_not_parse_number"),
    ]
    assert not KindChange.objects.exists()
    assert size.kind == "text"


def test_a_value_that_fails_stops_it(fill, size, ada):
    """C30: the default."""
    fill("12", "many")

    with pytest.raises(TresseError, match='"many" is not a number') as refused:
        change_kind(size, "integer", actor=ada)

    assert refused.value.details["values"] == ["many"]
    assert not KindChange.objects.exists()


def test_values_that_fail_are_emptied_if_so_wished(fill, size, ada):
    """C30: history says what they were."""
    ids = fill("12", "many", None)

    change_kind(size, "integer", empties=True, actor=ada)

    assert done().state == "done"
    assert values(*ids) == [12, None, None]
    model = data_model()
    deal = model.object("deal")
    assert deal.property("size").kind.name == "integer"
    changes = history_of(deal, ids[1], SYSTEM, name="size")
    assert [(each.old, each.new, each.source) for each in changes] == [
        ("many", None, "type_change"),
        (None, "many", "page"),
    ]


@pytest.mark.parametrize(
    ("kind", "given", "wanted"),
    [
        ("date", ["31.01.2026", "01.02.2026"], [date(2026, 1, 31), date(2026, 2, 1)]),
        ("date", ["01/31/2026", "02/01/2026"], [date(2026, 1, 31), date(2026, 2, 1)]),
        ("decimal", ["1.234,50", "7,5"], [Decimal("1234.5"), Decimal("7.5")]),
        ("decimal", ["1,234.50", "7.5"], [Decimal("1234.5"), Decimal("7.5")]),
        ("boolean", ["oui", "nie"], [True, False]),
        ("email", ["Ada <A@x.org>", "b@x.org"], ["a@x.org", "b@x.org"]),
        ("long_text", ["a", "b"], ["a", "b"]),
    ],
)
def test_texts_tell_together_how_they_are_written(fill, size, ada, kind, given, wanted):
    """C30: by the forms of columns, as in files (T16, T17)."""
    ids = fill(*given)

    change_kind(size, kind, actor=ada)
    done()

    assert values(*ids) == wanted


def test_texts_become_the_options_of_a_choice(fill, size, ada):
    """C30"""
    ids = fill("Large", "small", "large", "Small")

    change_kind(size, "option", actor=ada)
    done()

    prop = data_model().object("deal").property("size")
    assert sorted(each.label for each in prop.options) == ["Large", "small"]
    assert values(*ids) == ["large", "small", "large", "small"]


def test_what_is_written_meanwhile_is_not_lost(fill, size, ada):
    """C30: of the time between the filling and the swap."""
    ids = fill("1", "2", "3")
    change_kind(size, "integer", actor=ada)
    model = data_model()
    deal = model.object("deal")
    update_record(model, deal, ids[0], values={"size": "7"}, actor=ada)
    update_record(model, deal, ids[1], values={"size": None}, actor=ada)

    done()

    assert values(*ids) == [7, None, 3]


def test_the_old_column_can_be_brought_back(fill, size, ada):
    """C30: for 30 days."""
    ids = fill("12", "many")
    change_kind(size, "integer", empties=True, actor=ada)
    change = done()
    assert examine() == []

    row = bring_back(change, actor=ada)

    assert (row.kind, row.column) == ("text", f"p_{row.pk}")
    assert values(*ids) == ["12", "many"]
    assert examine() == []
    with pytest.raises(TresseError, match="not kept"):
        bring_back(change, actor=ada)


def test_the_old_column_goes_after_30_days(fill, size, ada):
    """C30"""
    fill("12")
    change_kind(size, "integer", actor=ada)
    change = done()
    deal = data_model().object("deal")

    with clock.at(NOW + timedelta(days=29)):
        assert drop_old_columns(NO_WORK) == {"dropped": 0}
    with clock.at(NOW + timedelta(days=31)):
        assert drop_old_columns(NO_WORK) == {"dropped": 1}

    assert change.old_column not in physical_columns(deal.id)
    change.refresh_from_db()
    with pytest.raises(TresseError, match="not kept"):
        bring_back(change, actor=ada)


def test_flags_and_indexes_follow(fill, ada):
    """C30: unique stays unique."""
    deal = object_type_named("deal")
    row = add_property(deal, name="code", label="Code", kind="text", unique=True, actor=ada)
    ids = fill("007", "8", name="code")

    change_kind(row, "integer", actor=ada)
    done()

    assert values(*ids, name="code") == [7, 8]
    assert examine() == []
    model = data_model()
    with pytest.raises(TresseError) as refused:
        update_record(model, model.object("deal"), ids[0], values={"code": 8}, actor=ada)
    assert refused.value.code == "duplicate_value"


def test_unique_values_may_not_collide(fill, ada):
    """C31: duplicates_exist."""
    deal = object_type_named("deal")
    row = add_property(deal, name="code", label="Code", kind="text", unique=True, actor=ada)
    fill("007", "7", name="code")

    with pytest.raises(TresseError) as refused:
        change_kind(row, "integer", actor=ada)

    assert refused.value.code == "duplicates_exist"


@pytest.mark.parametrize("name", ["amount", "stage", "is_won", "created_at"])
def test_properties_of_the_product_keep_their_kind(ada, name):
    """C31: read_only_property."""
    row = property_named(object_type_named("deal"), name)

    with pytest.raises(TresseError) as refused:
        change_kind(row, "text", actor=ada)

    assert refused.value.code == "read_only_property"


def test_a_calculated_property_keeps_its_kind(ada):
    """C31"""
    deal = object_type_named("deal")
    row = add_property(deal, name="made", label="Made", formula="amount * 2", actor=ada)

    with pytest.raises(TresseError) as refused:
        change_kind(row, "text", actor=ada)

    assert refused.value.code == "read_only_property"


def test_what_uses_it_must_take_the_new_kind(size, ada):
    """C31: in_use; a formula that takes it is no hindrance."""
    deal = object_type_named("deal")
    add_property(deal, name="loud", label="Loud", formula="upper(size)", actor=ada)
    add_property(deal, name="none_", label="None", formula="size is null", actor=ada)

    with pytest.raises(TresseError, match='Size is used by calculated property "Loud"') as refused:
        change_kind(size, "integer", actor=ada)

    assert refused.value.code == "in_use"
    change_kind(size, "long_text", actor=ada)


@pytest.mark.parametrize("sort", ["view", "segment"])
def test_views_and_segments_must_take_the_new_kind(size, ada, sort):
    """C31: those that could be shown all the same are no hindrance."""
    contains = {"property": "size", "operator": "contains", "value": "a"}
    if sort == "view":
        View.objects.create(object_type=size.object_type, name="v", label="Large", filter=contains)
    else:
        Segment.objects.create(name="s", label="Large", base="deal", filter=contains)

    with pytest.raises(TresseError, match=f'Size is used by {sort} "Large"'):
        change_kind(size, "integer", actor=ada)
    change_kind(size, "long_text", actor=ada)


def test_only_one_change_runs_at_a_time(fill, size, ada):
    """C30"""
    fill("1")
    change_kind(size, "integer", actor=ada)

    with pytest.raises(TresseError, match="being changed already"):
        change_kind(size, "decimal", actor=ada)


def test_a_file_of_definitions_changes_a_kind_that_needs_no_answer(fill, ada):
    """C5a: else it is refused with the code of a value that fails."""
    ids = fill("1", "2")
    item = {"object": "deal", "name": "size", "kind": "integer"}

    result = apply_file({"properties": [item]}, ada)

    assert result["changed"] == ["properties deal.size"]
    done()
    assert values(*ids) == [1, 2]
    with pytest.raises(TresseError) as refused:
        apply_file({"properties": [{**item, "kind": "date"}]}, ada)
    assert refused.value.code == "could_not_parse_date"


def test_a_property_that_goes_takes_its_old_columns_along(fill, size, ada):
    """C32"""
    fill("12")
    change_kind(size, "integer", actor=ada)
    change = done()
    row = property_named(object_type_named("deal"), "size")
    change_property(row, label="Size", actor=ada)
    row.is_archived = True
    row.save()

    delete_property(row, typed_label="Size", actor=ada)

    columns = physical_columns(data_model().object("deal").id)
    assert {change.old_column, change.new_column}.isdisjoint(columns)
