"""Every operator of every kind, in the language, beside a plain reading of the rules (G81b)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from tests.objects.plainly import passes, piece
from tresse.accounts.actor import SYSTEM
from tresse.accounts.models import Setting, User
from tresse.filters import checked, condition
from tresse.kernel import clock
from tresse.objects import database
from tresse.objects.changes import add_property
from tresse.objects.described import data_model
from tresse.objects.kinds import KINDS, Moment
from tresse.objects.kinds.rich_text import plain
from tresse.objects.queries import object_type_named

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
MOMENT = Moment(NOW, ZoneInfo("Europe/Paris"))
"Two o'clock that night does not exist there."

TEXTS = {
    "is": "zażółć  Gęślą",
    "is_not": "Lyon",
    "contains": "GĘŚ",
    "does_not_contain": "y",
    "starts_with": "l",
    "ends_with": "N",
    "is_any_of": ["lyon", "ß"],
    "is_none_of": ["lyon", "'; DROP TABLE object_1; --"],
    "matches": "^l.o",
    "is_empty": None,
    "is_not_empty": None,
}
NUMBERS = {
    "is": 2,
    "is_not": 2,
    "less_than": 2,
    "at_most": 2,
    "more_than": 1.9999,
    "at_least": 2,
    "between": [-3, 2],
    "is_any_of": [2, 7],
    "is_none_of": [2],
    "is_empty": None,
    "is_not_empty": None,
}
DAYS = {
    "on": "2026-03-29",
    "not_on": "today",
    "before": "today",
    "after": {"today": "-1 month"},
    "on_or_before": "yesterday",
    "on_or_after": "tomorrow",
    "between": [{"today": "-2 days"}, "2026-03-29"],
    "in_last": "1 months",
    "in_next": "2 days",
    "more_than_ago": "1 weeks",
    "more_than_ahead": "1 days",
    "in_period": "previous month",
    "anniversary_in": "0 days",
    "anniversary_within": "2 days",
    "is_empty": None,
    "is_not_empty": None,
}
CHOICES = {
    "is": "a",
    "is_not": "a",
    "is_any_of": ["a", "ab"],
    "is_none_of": ["a", "b"],
    "is_empty": None,
    "is_not_empty": None,
}
SETS = {
    "has_any_of": ["a", "c"],
    "has_all_of": ["a", "b"],
    "has_none_of": ["ab"],
    "is_empty": None,
    "is_not_empty": None,
}
PEOPLE = {
    "is": "bob@x.org",
    "is_not": "bob@x.org",
    "is_any_of": ["bob@x.org", "ann@x.org"],
    "is_none_of": ["ann@x.org"],
    "is_empty": None,
    "is_not_empty": None,
}
WORDS = ["Zażółć gęślą", "zazolc gesla", "Lyon", "l\u00a0yon", "ß", "100 %", "a_b", "😀"]
MARKUP = [
    '<a href="https://x.org" title="a&gt;b">Ly</a>on',
    "Lyon",
    "<p>l&amp;o</p>",
    "Zażółć<br>gęślą",
]
EXACT = {"is": "a@x.org", "is_not": "a@x.org", "is_any_of": ["a@x.org"], "is_none_of": ["b@y.org"]}
HOSTS = {"is": "acme.org", "is_not": "acme.org", "is_any_of": ["acme.org"], "is_none_of": ["b.pl"]}
CALLS = {
    "is": "+33 4 72 00 18 42",
    "is_not": "+33472001842",
    "is_any_of": ["+33472001842"],
    "is_none_of": ["+48601234502"],
    "contains": "7200",
    "starts_with": "+33",
    "ends_with": "42",
    "does_not_contain": "601",
    "matches": "^.33",
}
# Kind: stored values, and the value of each operator.
CASES: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "text": (WORDS, TEXTS),
    "long_text": ([*WORDS, "two\nlines"], TEXTS),
    "rich_text": (MARKUP, TEXTS),
    "email": (["a@x.org", "b@y.org", "ly@n.org"], {**TEXTS, **EXACT, "matches": "^l.@"}),
    "domain": (["acme.org", "b.pl", "lyo.fr"], {**TEXTS, **HOSTS}),
    "url": (["https://acme.org/a", "https://lyon.fr/b"], {**TEXTS, "is": "https://acme.org/a"}),
    "phone": (["+33472001842", "+48601234502"], {**TEXTS, **CALLS}),
    "integer": ([0, 1, 2, -3, 2**53 - 1], NUMBERS),
    "decimal": ([Decimal("2"), Decimal("1.9999"), Decimal("-3"), Decimal("7.5")], NUMBERS),
    "money": ([Decimal("2"), Decimal("2.0001"), Decimal("-3"), Decimal(10**12)], NUMBERS),
    "boolean": ([True, False], {"is": True, "is_empty": None, "is_not_empty": None}),
    "date": (
        [date(1984, 2, 29), date(2026, 2, 28), date(2026, 3, 28), date(2026, 3, 29),
         date(2026, 3, 30), date(2026, 3, 31), date(2026, 4, 30), date(2025, 3, 29)],
        DAYS,
    ),
    "datetime": (
        [datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC),
         datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 29, 21, 59, tzinfo=UTC),
         datetime(2026, 3, 29, 22, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)],
        {**DAYS, "in_last": "2 hours"},
    ),
    "option": (["a", "b", "ab"], CHOICES),
    "options": (["|a|", "|a|b|", "|ab|"], SETS),
    "user": (["ann@x.org", "bob@x.org"], PEOPLE),
}  # fmt: skip
OPTIONS = [{"name": name, "label": name.upper()} for name in ("a", "b", "ab", "c")]
NEEDS: dict[str, Any] = {"option": {"options": OPTIONS}, "options": {"options": OPTIONS}}
PIPED = {"pipeline": ("sales", "is_not"), "stage": ("new", "is_any_of")}


def test_every_operator_has_a_case():
    """G81b: but for pipelines and stages, which `test_stages_and_pipelines` has."""
    for kind in KINDS:
        if kind.name not in PIPED:
            assert set(CASES[kind.name][1]) == set(kind.operators), kind.name


@pytest.mark.parametrize("name", CASES)
def test_every_operator_finds_what_a_plain_reading_finds(ada, name):
    """G7, G8, G9, G12 to G17, G35: null, white space, non-ASCII, ends of months, summer time."""
    Setting.objects.update_or_create(name="zone", defaults={"value": "Europe/Paris"})
    product = object_type_named("product")
    add_property(product, name="asked", label="Asked", kind=name, actor=ada, **NEEDS.get(name, {}))
    people = {
        email: User.objects.create(email=email, name=email, role_id=1).pk for email in PEOPLE_BY
    }
    model = data_model()
    base, kind = model.object("product"), KINDS[name]
    values, asked = CASES[name]
    values = [None, *(people[value] if name == "user" else value for value in values)]
    for at, value in enumerate(values, start=1):
        write(base, at, value)

    for operator, given in asked.items():
        node = {"property": "asked", "operator": operator}
        if given is not None:
            node["value"] = given
        wanted = {
            at
            for at, value in enumerate(values, start=1)
            if passes(plainly(kind, value), operator, given, MOMENT, read=reader(kind, people))
        }
        assert found(node, base, model) == wanted, node
        everything = set(range(1, len(values) + 1))
        assert found({"not": node}, base, model) == everything - wanted, node


PEOPLE_BY = ("ann@x.org", "bob@x.org")


def write(base, id, value):
    prop = base.property("asked")
    row = {"id": id, "version": 1, prop.column: value}
    if prop.has_normal and value is not None:
        row[prop.normal_column] = prop.kind.normal(value)
    database.execute(sa.insert(base.table).values(row))


def found(node, base, model):
    with clock.at(NOW):
        good = checked(node, base, model=model, actor=SYSTEM)
        where = condition(good, base.table, model=model, actor=SYSTEM)
    return {id for (id,) in database.rows(sa.select(base.table.c.id).where(where))}


def plainly(kind, value):
    if value is None or kind.name not in {"text", "long_text", "rich_text", "url"}:
        return value
    return piece(plain(value) if kind.name == "rich_text" else value)


def reader(kind, people):
    if kind.name in {"integer", "decimal", "money"}:
        return lambda asked: Decimal(str(asked))
    if kind.name == "user":
        return people.get
    if kind.name == "phone":
        return lambda asked: asked.replace(" ", "")
    return piece if kind.name not in {"date", "datetime"} else lambda asked: asked


def test_stages_and_pipelines(put, model, ids):
    """G7: by name, whatever the pipeline."""
    deal = model.object("deal")
    pipeline = deal.pipelines[0]
    first, last = pipeline.stages[0], pipeline.stages[-1]
    for at, stage in enumerate((first, last), start=1):
        put("deal", at, pipeline=pipeline.id, stage=stage.id)
    put("deal", 3)
    cases = {"is": [1], "is_not": [2, 3], "is_empty": [3], "is_not_empty": [1, 2]}
    for name, value in (("stage", first.name), ("pipeline", pipeline.name)):
        for operator in KINDS[name].operators:
            node: dict[str, Any] = {"property": name, "operator": operator}
            is_list = operator in {"is_any_of", "is_none_of"}
            if operator not in {"is_empty", "is_not_empty"}:
                node["value"] = [value] if is_list else value
            same = {"is_any_of": "is", "is_none_of": "is_not"}.get(operator, operator)
            wanted = cases[same]
            if name == "pipeline":
                wanted = {"is": [1, 2], "is_not": [3]}.get(same, wanted)
            assert ids(node, "deal") == wanted, node
