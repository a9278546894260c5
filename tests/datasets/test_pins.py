"""Values that people set on golden records (D74)."""

from typing import Any

import pytest

from tests.datasets.builds.conftest import home  # noqa: F401  a fixture
from tests.datasets.builds.worlds import built, day, golden
from tests.datasets.standing import publish, standing
from tresse.accounts.actor import SYSTEM
from tresse.accounts.models import AuditEntry
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.changes.decisions import decide
from tresse.datasets.changes.pins import pin, unpin
from tresse.datasets.deciding import pins_of
from tresse.datasets.models import Decision
from tresse.kernel.errors import TresseError
from tresse.sources.models import Source
from tresse.sources.versions import engine

TYPES = {
    "email": "text",
    "first_name": "text",
    "points": "integer",
    "spent": "decimal",
    "is_vip": "boolean",
    "born": "date",
    "seen": "datetime",
    "tags": "list",
}
COLUMNS: list[Any] = ["id", *({"name": name, "type": type_} for name, type_ in TYPES.items())]
ROWS: list[dict[str, Any]] = [
    {"id": "1", "email": "ada@x.fr", "first_name": "Ada", "_first_read_at": day(1)},
    {"id": "2", "email": "ada@x.fr", "first_name": "Adeline", "_first_read_at": day(2)},
    {"id": "3", "email": "ben@x.fr", "first_name": "Ben", "_first_read_at": day(3)},
]


@pytest.fixture
def people(home):  # noqa: ARG001, F811  it stands there
    """Two persons of three records, built."""
    standing("shop", COLUMNS, ROWS)
    dataset = add_dataset(
        {
            "name": "people",
            "entity": "contacts",
            "sources": [{"source": "shop"}],
            "identity": {"keys": [["email"]]},
            "columns": [{"name": name} for name in TYPES],
        },
        actor=SYSTEM,
    )
    assert built(dataset).state == "published"
    return dataset


def pinned(dataset, key, column, value, actor=SYSTEM):
    with engine() as session:
        return pin(session, dataset, key, column, value, actor=actor)


def of(dataset, record):
    """The golden record of a record."""
    return next(row for row in golden(dataset) if record in row["_keys"])


def test_a_pinned_value_beats_every_method_until_it_is_removed(people):
    """D74: and it stays when the sources bring something newer."""
    pinned(people, "shop/2", "first_name", "Ada Maria")
    built(people)
    assert of(people, "shop/1")["first_name"] == "Ada Maria"

    newer = ROWS[1] | {"first_name": "Addie", "_modified_at": day(9)}
    publish(Source.objects.get(name="shop"), [ROWS[0], newer, ROWS[2]])
    built(people)
    assert of(people, "shop/1")["first_name"] == "Ada Maria"

    with engine() as session:
        unpin(session, people, "ada@x.fr", "first_name", actor=SYSTEM)
        with pytest.raises(TresseError, match="first_name of shop/1 is not pinned"):
            unpin(session, people, "shop/1", "first_name", actor=SYSTEM)
    built(people)
    assert of(people, "shop/1")["first_name"] == "Addie"
    actions = AuditEntry.objects.filter(target="people").values_list("action", flat=True)
    assert {"pin.add", "pin.remove"} <= set(actions)


def test_a_pin_follows_its_founding_record(people):
    """D74: through a merge, and back."""
    pinned(people, "shop/3", "first_name", "Benjamin")
    made = decide(people, Decision.LINK, "shop/1", "shop/3", actor=SYSTEM, reason="x")
    built(people)
    assert of(people, "shop/1")["first_name"] == "Benjamin"
    assert made.pk

    again = pinned(people, "shop/1", "first_name", "Ada")
    assert (again.record, pins_of(people).count()) == ("shop/1", 1)
    assert pinned(people, "shop/3", "first_name", "Ada").pk == again.pk


@pytest.mark.parametrize(
    ("column", "value", "kept"),
    [
        ("first_name", "  as it is ", "  as it is "),
        ("first_name", None, None),
        ("points", "12", "12"),
        ("points", 12, "12"),
        ("spent", "12,50", "12.5"),
        ("is_vip", True, "true"),
        ("is_vip", "non", "false"),
        ("born", "1990-12-31", "1990-12-31"),
        ("seen", "2026-03-01 10:00", "2026-03-01T10:00:00.000000Z"),
        ("tags", ["b", " a "], ["b", "a"]),
        ("tags", "b; a", ["b", "a"]),
    ],
    ids=str,
)
def test_values_are_read_as_the_column_is(people, column, value, kept):
    """D74: kept as canonical text, whatever a person writes."""
    assert pinned(people, "shop/3", column, value).value == kept


def test_what_cannot_be_pinned_is_refused(people, mia):
    """D74: in a sentence that names the type."""

    def refused(key, column, value, actor=SYSTEM):
        with pytest.raises(TresseError) as found:
            pinned(people, key, column, value, actor=actor)
        return found.value

    assert str(refused("shop/3", "points", "many")) == (
        'points is of the type integer, and "many" is not.'
    )
    assert refused("shop/3", "born", "soon").code == "wrong_value"
    assert refused("shop/3", "tags", [1]).code == "wrong_value"
    assert refused("shop/3", "first_name", {"a": 1}).code == "wrong_value"
    assert refused("shop/3", "first_name", "x" * 10_001).code == "wrong_value"
    assert 'Did you mean "first_name"' in str(refused("shop/3", "frist_name", "x"))
    assert refused("shop/99", "first_name", "x").code == "unknown_record"
    assert refused("shop/3", "first_name", "x", actor=mia).code == "not_permitted"
