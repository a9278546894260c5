"""A person leaves computed columns, histories of scores and segments (D91, D94)."""

from tests.datasets.erasing.test_erasing import holding_tables
from tests.datasets.erasing.worlds import EMAIL, build_all, erased, golden, holding_files, world
from tests.datasets.standing import publish
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.objects.database import rows
from tresse.objects.described import data_model
from tresse.segments.changes import add_segment, settle
from tresse.segments.golden_tables import GOLDEN_MEMBER
from tresse.sources.models import Source


def test_what_is_worked_out_of_a_person_goes_with_them(home):
    """D91, D94, SC15: greetings, texts of their orders, changes of scores, stays in segments."""
    made = world()
    people, buys = made["people"], made["buys"]
    columns = {
        "computed": [{"name": "greeting", "sql": "concat('Dear ', first_name)"}],
        "aggregates": [{"name": "notes", "over": "buys", "do": "list", "column": "note"}],
    }
    change_dataset(people, merged(people, columns), actor=SYSTEM)
    shouted = [{"name": "shouted", "sql": "upper(note)"}]
    change_dataset(buys, merged(buys, {"computed": shouted}), actor=SYSTEM)
    build_all(made)
    add_segment(
        base="people",
        label="Everybody",
        filter={"property": "greeting", "operator": "is_not_empty"},
        keeps_size=True,
        model=data_model(),
        actor=SYSTEM,
    )
    settle()
    stays = len(rows(GOLDEN_MEMBER.select()))
    assert stays == 3
    assert holding_files(home / "warehouse")

    row = erased(people)

    assert row.removed["segment_stays"] == 1
    assert len(rows(GOLDEN_MEMBER.select())) == 2
    assert [each["greeting"] for each in golden(people)] == ["Dear Bob", "Dear "]
    assert [each["shouted"] for each in golden(buys)] == [None, None, None]
    assert holding_files(home) == []
    assert holding_tables() == []
    publish(Source.objects.get(name="shop"), [])
    build_all(made)
    assert EMAIL not in str(golden(people))
    assert holding_files(home) == []
