"""What another kind would make of a property's values: the dry run of a change of kind (C30).

Every value is written out as its kind writes it, and read as the new one reads a column of a file:
texts tell together how dates and numbers among them are written.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.kernel.text import normal
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef, OptionDef, PropertyDef
from tresse.objects.kinds import KINDS, Reading, Refused
from tresse.objects.kinds.forms import ColumnForm, DateForm, NumberForm
from tresse.objects.readings import reading_for

BATCH = 10_000
SHOWN = 200
"Failing values that a report lists; all are counted."
TEXTS = ("text", "long_text", "rich_text", "option")
TELLING: Mapping[str, type[DateForm | NumberForm]] = {
    "date": DateForm,
    "datetime": DateForm,
    "decimal": NumberForm,
    "money": NumberForm,
}


@dataclass(frozen=True, slots=True)
class Failing:
    """One value that the new kind refuses, and how many records have it."""

    value: str
    number: int
    refused: Refused


@dataclass(frozen=True, slots=True)
class Report:
    """What a change of kind would do: numbers of records.

    `converted`: have another value then. `unchanged`: the same one. `emptied`: one that the new
    kind refuses. `empty`: have none now. `shared`: values that more than one record would have.
    """

    records: int
    empty: int
    converted: int
    unchanged: int
    emptied: int
    failing: Sequence[Failing]
    distinct: int
    "How many values fail, each counted once."
    shared: Sequence[str] = ()
    form: Mapping[str, str | None] = field(default_factory=dict)


class Conversion:
    """Reads the values of a property as another kind would.

    Args:
        object_: The object type.
        old: The property as it is.
        new: The property as it would be: its kind, settings and options.
        actor: Whose habits tell how numbers and dates are written out.
        form: How the texts are written; None: the texts tell.
    """

    def __init__(
        self,
        object_: ObjectDef,
        old: PropertyDef,
        new: PropertyDef,
        *,
        actor: Actor,
        form: ColumnForm | None = None,
    ) -> None:
        self._object, self._old, self._new = object_, old, new
        self._writing = reading_for(old, object_, actor=actor)
        self._is_text = old.kind.name in TEXTS
        self._actor = actor
        self.form = form
        if form is None and self._is_text and new.kind.name in TELLING:
            self.form = self._told()
        self._reading = self._reading_of(new)

    def _reading_of(self, prop: PropertyDef) -> Reading:
        form = self.form if self._is_text else None
        return reading_for(prop, self._object, actor=self._actor, form=form)

    def _told(self) -> ColumnForm:
        telling = TELLING[self._new.kind.name]()
        for values in batches(self._object, self._old):
            telling.feed([self.written(value) for _, value in values])
        found = telling.result().found
        if isinstance(telling, DateForm):
            return ColumnForm(date_order=found)
        return ColumnForm(decimal_sign=found)

    def written(self, value: Any) -> str:
        """A value as its present kind writes it."""
        return self._old.kind.format(value, self._writing)

    def convert(self, values: Sequence[Any]) -> tuple[list[Any], list[Refused]]:
        """Values that are not None as the new kind keeps them; None for those it refuses."""
        return self._new.kind.parse_all([self.written(value) for value in values], self._reading)

    def report(self) -> Report:
        """Go through all records."""
        records = _count(self._object)
        given = converted = unchanged = emptied = 0
        failing: Counter[str] = Counter()
        refusals: dict[str, Refused] = {}
        keys: Counter[Any] = Counter()
        for batch in batches(self._object, self._old):
            old = [value for _, value in batch]
            new, refused = self.convert(old)
            given += len(old)
            emptied += len(refused)
            for each in refused:
                failing[each.text] += 1
                refusals.setdefault(each.text, each)
            same = sum(a == b and type(a) is type(b) for a, b in zip(old, new, strict=True))
            unchanged += same
            converted += len(old) - same - len(refused)
            if self._new.is_unique:
                keys.update(key for key in self._new.kind.normals(new) if key is not None)
        shared = [str(key) for key, number in keys.items() if number > 1]
        return Report(
            records=records,
            empty=records - given,
            converted=converted,
            unchanged=unchanged,
            emptied=emptied,
            failing=[
                Failing(text, number, refusals[text]) for text, number in failing.most_common(SHOWN)
            ],
            distinct=len(failing),
            shared=shared,
            form={key: value for key, value in asdict(self.form).items() if value}
            if self.form
            else {},
        )


def _count(object_: ObjectDef) -> int:
    [(number,)] = rows(sa.select(sa.func.count()).select_from(object_.table))
    return int(number)


def batches(
    object_: ObjectDef, prop: PropertyDef, *, after: int = 0, where: Any = None
) -> Iterator[list[tuple[int, Any]]]:
    """Ids and values of all records that have one, those in the bin too, in order of ids."""
    table = object_.table
    column = table.c[prop.column]
    while True:
        chosen = [table.c.id > after, column.is_not(None), *([] if where is None else [where])]
        found = rows(sa.select(table.c.id, column).where(*chosen).order_by(table.c.id).limit(BATCH))
        if not found:
            return
        yield [(id, value) for id, value in found]
        after = found[-1][0]


def as_kind(
    prop: PropertyDef, kind: str, facts: Mapping[str, Any], *, column: str = ""
) -> PropertyDef:
    """A property as it would be with another kind; `facts`: `settings rules options`."""
    options = tuple(
        OptionDef(each["name"], each["label"], tuple(each.get("aliases", ())))
        for each in facts.get("options") or ()
    )

    def read_options(_id: int) -> tuple[OptionDef, ...]:
        return options

    return replace(
        prop,
        kind=KINDS[kind],
        settings=facts.get("settings", {}),
        rules=tuple(facts.get("rules", ())),
        column=column or prop.column,
        read_options=read_options if options else prop.read_options,
    )


def distinct_texts(object_: ObjectDef, prop: PropertyDef, most: int, *, actor: Actor) -> list[str]:
    """The texts that records have, each once by normal form, the most frequent first."""
    writing = reading_for(prop, object_, actor=actor)
    shown: dict[str, str] = {}
    numbers: Counter[str] = Counter()
    for batch in batches(object_, prop):
        for _, value in batch:
            text = prop.kind.format(value, writing)
            key = normal(text)
            shown.setdefault(key, text)
            numbers[key] += 1
            if len(shown) > most:
                return []
    return [shown[key] for key, _ in numbers.most_common()]
