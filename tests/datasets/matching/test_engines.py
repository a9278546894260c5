"""Matching is the same on DuckDB and Spark: all cases of the tests beside this one, in few worlds.

What each case should give is in those tests; here each engine gives the same, and a line says which
rules acted.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tests.datasets.matching import (
    test_attaching,
    test_blocked,
    test_counts,
    test_memory,
    test_settled,
    test_values,
)
from tests.datasets.matching.test_counts import shared
from tests.datasets.matching.world import plan_of, world
from tresse.datasets.definition import Direction, FanOut, Guard, KeySet
from tresse.datasets.matching import blocked_values, figures, lists
from tresse.datasets.matching.values import country_of, match_value
from tresse.engine.relations import arrow_type

pytestmark = pytest.mark.spark


def of_columns(*cases: Mapping[str, list[Any]]) -> dict[str, dict[str, Any]]:
    """A record for each value of each column."""
    found: dict[str, dict[str, Any]] = {}
    for each in cases:
        for column, values in each.items():
            for value in values:
                found[f"web/{len(found)}"] = {column: value}
    return found


VALUES = of_columns(
    dict.fromkeys(
        ("customer_id", "last_name", "email", "phone", "anonymous_id"), test_blocked.WRITTEN
    ),
    dict.fromkeys(("customer_id", "phone", "postal_code"), test_blocked.DASHES),
    test_blocked.REPEATED,
    test_blocked.NOT_REPEATED,
    {
        "customer_id": [*test_blocked.WITHIN, "123456789"],
        "last_name": [*test_blocked.FOLDED, "not given", "NotGiven", "NO"],
        "email": [*test_blocked.BOXES, *test_blocked.PEOPLE, *test_blocked.OWN_MAILS],
        "phone": [*test_blocked.PLACEHOLDERS, *test_blocked.OWN_PHONES],
        "mobile": test_blocked.CLEANED,
        "user_id": test_blocked.WHOLE,
    },
)
COLUMNS = sorted({column for row in VALUES.values() for column in row})
OWN = dict(test_blocked.OWN.blocked) | {"mobile": test_blocked.DIALLED, "last_name": ("Xxxxx",)}
LISTS = Guard(blocked=OWN, allowed={"email": ("noreply@A.b.co.uk",), "last_name": ("No",)})


def test_the_same_values_are_blocked(duck, spark):
    """DG1, D50, D51: by every list, in every sort of column; `allowed` and lifted ones are not."""
    plan = plan_of(
        [[each] for each in COLUMNS],
        rules={"mobile": "phone"},
        types={"user_id": "integer"},
        guard=LISTS,
    )
    found = []
    for engine in (duck, spark):
        here = world(engine, plan, VALUES)
        attached = here.attached(lifted={("email", "none@x.fr"), ("phone", "no@x.fr")})
        guards = engine.rows(sa.select(attached.guards))
        ties = here.told(attached.attachments)
        found.append((sorted(guards), ties, engine.scalar(blocked_values(attached.guards))))

    assert found[0] == found[1]
    guards, ties, _ = found[0]
    by = {(row[1], row[5]) for row in guards}
    assert by >= {(column, lists.TEXTS_LIST) for column in COLUMNS if column != "postal_code"} - {
        ("mobile", lists.TEXTS_LIST)
    }
    assert by >= {(column, lists.ZEROS_LIST) for column in ("customer_id", "phone", "postal_code")}
    assert by >= {(column, lists.REPEATED_LIST) for column in test_blocked.REPEATED}
    assert by >= {(column, lists.OWN_LIST) for column in OWN}
    assert by >= {("phone", lists.PHONES_LIST), ("email", lists.MAILBOXES_LIST)}
    tied = {value for *_, value in ties}
    assert tied >= {"none@x.fr", "noreply@a.b.co.uk", "no", "777777", "0001", "7"}


def named(label: str, rows: Mapping[str, Any]) -> dict[str, Any]:
    """The same records under other names, with mailboxes of their own."""
    return {
        name.replace("/", f"/{label}-"): {
            column: _own(value, label) if column == "email" else value
            for column, value in row.items()
        }
        for name, row in rows.items()
    }


def _own(value: Any, label: str) -> Any:
    return value and value.replace("@x.fr", f"@{label}.fr")


def past(label: str, rows: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """The same values of before, of those records."""
    return [
        (name.replace("/", f"/{label}-"), strength, _own(value, label))
        for name, strength, value in rows
    ]


KEYS = [
    KeySet(("email",), remembers=True),
    KeySet(("last_name", "postal_code"), remembers=True),
    *(["customer_id"], ["phone"], ["address_line1"], ["anonymous_id"]),
    ["anonymous_id", "email"],
]
CAP = 30
COUNTS = Guard(
    cap=CAP,
    blocked={"phone": ("0000000000",), "last_name": ("Byron",)},
    allowed={"email": ("Info@allowed.fr",)},
    fan_out=(FanOut("customer_id", "first_name", 2),),
    direction=(Direction("email", "customer_id", 1),),
)
ROWS = {
    **shared("info@few.fr", "email", 20, CAP, label="few"),
    **shared("info@many.fr", "email", 22, CAP, label="many"),
    **shared("info@allowed.fr", "email", 22, CAP, label="allowed"),
    **shared("info@lifted.fr", "email", 22, CAP + 1, label="lifted"),
    **shared("06 44 44 44 44", "phone", 3, CAP, label="some"),
    **shared("06 55 55 55 55", "phone", 3, CAP + 1, label="all"),
    **shared("C-9", "customer_id", 3, 3, label="own"),
    **{f"web/set{n}": {"last_name": "Grand", "postal_code": "75002"} for n in range(CAP + 1)},
    **named("folded", test_counts.FOLDED),
    **named("sets", test_counts.SETS),
    **named("directions", test_counts.DIRECTIONS),
    **named("claimed", test_counts.CLAIMED),
    **named("example", test_attaching.D45),
    **named("parts", test_attaching.PARTS),
    **named("claims", test_attaching.CLAIMS),
    **named("memory", test_memory.ROWS),
    **named("guarded", test_memory.GUARDED),
    **named("settled", test_settled.ROWS),
}
_over = {"email": "info@over.fr", "phone": "+33140000002", "address_line1": "2ruedubac"}
for _number, (_column, _value, _of, _most) in enumerate(test_counts.DEFAULTS):
    ROWS |= shared(_value, _column, _most, CAP, _of, label=f"fits{_number}-")
    ROWS |= shared(_over[_column], _column, _most + 1, _most + 3, _of, label=f"over{_number}-")
PAST = past("memory", test_memory.PAST) + past("guarded", test_memory.GUARDED_PAST)
UNTRUSTED = frozenset(name for name in ROWS if name.startswith("events/")) - {"events/memory-3"}


def outcome(engine):
    """All that `attach` and `figures` answer of the world."""
    here = world(engine, plan_of(KEYS, guard=COUNTS), ROWS, untrusted=UNTRUSTED)
    attached = here.attached(
        earlier=test_memory.before(here, PAST),
        claims=["events/claims-2"],
        lifted={("email", "info@lifted.fr"), ("email", "xyz")},
        normalised={"customer_id"},
    )
    claims, ties = attached.claims.c, attached.attachments
    held = sa.select(claims.rid, claims.strength, claims.value, claims.is_held)
    # As identity would have decided: a value was refused of all but one of its records.
    is_refused = sa.and_(ties.c.value == "info@few.fr", ties.c.rid != here.rids["web/few0"])
    accepted = sa.case((is_refused, sa.false()), else_=sa.true()).label("is_accepted")
    reason = sa.case((is_refused, "DG3")).label("reason")
    decided = engine.keep("decided", sa.select(ties, accepted, reason))
    return {
        "ties": here.told(ties),
        "claims": {(here.names[rid], *row) for rid, *row in engine.rows(held)},
        "guards": sorted(engine.rows(sa.select(attached.guards)), key=repr),
        "warnings": attached.warnings,
        "figures": figures(engine, here.plan, decided, attached.guards),
    }


def test_the_same_values_tie_the_same_records(duck, spark):
    """D12, D40, D41, D45, D46, D52, DG1, DG2, DG2b, DG7, DG13: ties, claims, guards, figures."""
    wanted, found = outcome(duck), outcome(spark)

    for name, part in wanted.items():
        assert found[name] == part, name
    acted = {(guard, columns, proxy) for guard, columns, *_, proxy in wanted["guards"]}
    assert acted >= {
        ("DG1", "phone", "definition"),
        ("DG1", "last_name", "definition"),
        ("DG1", "email", "mailboxes/1"),
        ("DG2", "email", "first_name"),
        ("DG2", "email", "last_name"),
        ("DG2", "phone", "first_name"),
        ("DG2", "address_line1", "first_name"),
        ("DG2", "customer_id", "first_name"),
        ("DG2b", "phone", None),
        ("DG2b", "last_name, postal_code", None),
        ("DG7", "email", "customer_id"),
        ("DG13", "email", None),
        ("DG13", "anonymous_id, email", None),
    }
    tied = {(name, value) for name, _, value in wanted["ties"]}
    assert tied >= {
        ("web/few0", "info@few.fr"),
        ("web/lifted0", "info@lifted.fr"),
        ("web/allowed0", "info@allowed.fr"),
        ("web/some0", "+33644444444"),
        ("crm/memory-1", "old@memory.fr"),
        ("events/claims-2", "jane@claims.fr"),
    }
    assert {is_held for *_, is_held in wanted["claims"]} == {True, False}
    assert {each.refused.values for each in wanted["figures"]} == {0, 1}
    assert any(each.blocked.values for each in wanted["figures"])
    assert any(each.fanned_out.values for each in wanted["figures"])


def cases() -> list[tuple[list[Any], Any, dict[str, Any], list[Any]]]:
    """Cells, their column, what else is told of it, and what they should match by."""
    found: list[tuple[list[Any], Any, dict[str, Any], list[Any]]] = []
    of = test_values.planned
    for field, (texts, wanted) in test_values.ALIKE.items():
        found.append((texts, of(field), {}, [wanted] * len(texts)))
        found.append((test_values.NOTHING, of(field), {}, [None] * 3))
    found += [
        (test_values.UNREADABLE, of(field), {}, [None]) for field in ("email", "phone", "last_name")
    ]
    found.append((test_values.APART, of("email"), {}, test_values.APART))
    found.append(([611111111], of("phone", "integer"), {}, ["+33611111111"]))
    found += [([value], of("", type_), {}, [wanted]) for type_, value, wanted in test_values.OTHERS]
    for field, rules, _ in test_values.SETTLED:
        wanted = test_values.ALIKE[field][1]
        found.append(([wanted, ""], of(field, rules=rules), {}, [wanted, None]))
        found.append(([wanted, ""], of(field), {"is_normalised": True}, [wanted, None]))
    return found


def test_the_same_values_match(duck, spark):
    """DG17, D30, D40: of every sort of column, in one table with a column for each."""
    every = cases()
    numbers, countries, dialled = zip(*test_values.DIALLED, strict=True)
    given = [(cells, column.core) for cells, column, *_ in every]
    phone = test_values.planned("phone")
    given += [(list(numbers), phone.core), (list(countries), phone.core)]
    height = max(len(cells) for cells, _ in given)
    names = [f"v{n}" for n in range(len(given))]
    arrays = [
        pa.array([*cells, *[None] * (height - len(cells))], arrow_type(core))
        for cells, core in given
    ]
    columns = [sa.column("n", sa.BigInteger())]
    columns += [sa.column(name, core) for name, (_, core) in zip(names, given, strict=True)]
    batch = pa.RecordBatch.from_arrays([pa.array(range(height)), *arrays], names=["n", *names])

    for engine in (duck, spark):
        table = engine.load("every_value", [batch], columns)
        made = [
            match_value(table.c[name], column, "FR", **more).label(f"m{name}")
            for name, (_, column, more, _) in zip(names, every, strict=False)
        ]
        country = country_of(table.c[names[-1]], "FR")
        made.append(match_value(table.c[names[-2]], phone, country).label("dialled"))
        rows = engine.rows(sa.select(*made).order_by(table.c.n))
        found = list(map(list, zip(*rows, strict=True)))
        for (cells, column, _, wanted), values in zip(every, found, strict=False):
            assert (column, values[: len(cells)]) == (column, wanted)
        assert found[-1] == list(dialled)
