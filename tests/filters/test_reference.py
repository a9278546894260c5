"""The reference page says what the code knows."""

import re
from pathlib import Path

from tresse.filters import CONDITIONS, refusals
from tresse.filters.check import GROUPS
from tresse.filters.counts import OPERATORS as COUNTS
from tresse.kernel.errors import Refusal
from tresse.objects.kinds import KINDS

PAGE = Path(__file__).parents[2].joinpath("docs/reference/filters.md").read_text()


def section(title):
    return re.split(r"^## ", PAGE, flags=re.MULTILINE)[
        [part.split("\n")[0] for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)].index(title)
    ]


def rows(title):
    lines = [line for line in section(title).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_operator_of_every_kind_has_its_row():
    """G81b, G7: and no row is about what is not there; negative ones are in italics."""
    written = set()
    for operator, kinds, _ in rows("Operators"):
        name = operator.strip("*`")
        names = [kind.name for kind in KINDS] if kinds == "every kind" else kinds.split(", ")
        for kind in names:
            written.add((kind, name))
            assert KINDS[kind].operators[name].is_negative == operator.startswith("*")
    assert written == {(kind.name, name) for kind in KINDS for name in kind.operators}


def test_every_node_and_condition_is_described():
    """G1, G2."""
    shape = section("Shape")
    for name in (*GROUPS, *(condition.name for condition in CONDITIONS)):
        assert f'{{"{name}": ' in shape
    keys: dict[str, list[str]] = {}
    for condition, key, _ in rows("Conditions"):
        name = condition.strip("`") or name
        keys.setdefault(name, []).extend(re.findall(r"`(\w+)`", key))
    assert {name: sorted(found) for name, found in keys.items()} == {
        condition.name: sorted(condition.keys) for condition in CONDITIONS
    }


def test_counts_and_refusals_are_complete():
    """G7, C129."""
    assert [row[0].strip("`") for row in rows("Counts")] == list(COUNTS)
    codes = {each.code for each in vars(refusals).values() if isinstance(each, Refusal)}
    assert codes <= {row[0].strip("`") for row in rows("Refusals")}
