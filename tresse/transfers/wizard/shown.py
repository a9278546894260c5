"""What the mapping page shows of each column: its state, its question, its options (T21)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.kernel.errors import TresseError
from tresse.objects.calculated import is_for_syncs
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.kinds import KINDS, PropertyKind
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.sight import readable_properties
from tresse.records.wording import inside
from tresse.transfers.mapping import (
    AskingColumn,
    AssociationColumn,
    ColumnAnswer,
    IdColumn,
    IgnoredColumn,
    KeyColumn,
    LabelsColumn,
    LinkedColumn,
    NewColumn,
    PropertyColumn,
    ReadOnlyColumn,
    UndecidedColumn,
    forms_given,
)
from tresse.transfers.mapping.columns import DATES, MONTHS, NUMBERS, property_of
from tresse.transfers.mapping.new_properties import NEW_KINDS
from tresse.transfers.models import Import
from tresse.transfers.profile import Column, Profile
from tresse.transfers.refusals import (
    DATE_ORDER_UNKNOWN,
    NUMBER_FORM_UNKNOWN,
    PROPERTY_MAPPED_TWICE,
)
from tresse.transfers.settings import Settings
from tresse.transfers.wizard.choices import label_of, named, token_of

STATES: Mapping[str, tuple[Any, str, str]] = {
    "matched": (_("Matched"), "ok", "check"),
    "new": (_("New property"), "violet", "plus"),
    "locked": (_("Needed to link"), "accent", "lock"),
    "product": (_("Set by the product"), "grey", "shield"),
    "synced": (_("Written by syncs"), "grey", "shield"),
    "ignored": (_("Not imported"), "grey", "minus"),
    "near": (_("Confirm"), "warn", "circle-help"),
    "choose": (_("Choose"), "warn", "circle-dashed"),
    "asks": (_("Needs an answer"), "bad", "circle-alert"),
}
OPEN = ("near", "choose", "asks")
"States that hold up the check."
NOTHING: Mapping[str, TresseError] = {}
PLAIN = ("near", "choose")
"Those that “do not import the rest” answers."


@dataclass(frozen=True, slots=True)
class Shown:
    """One column as the page shows it."""

    column: ColumnAnswer
    state: str
    token: str
    answer: str
    profile: Column | None
    percent: int
    kind: PropertyKind
    form: "Written | None" = None
    question: "Question | None" = None
    link: "LinkOptions | None" = None
    new: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    loses: str = ""
    answer_icon: str = ""

    @property
    def guess(self) -> str:
        """What kind of values it seems to hold."""
        if self.profile is None or not self.profile.filled:
            return ""
        return gettext(KINDS[self.profile.kind].label)

    @property
    def told(self) -> str:
        """State its tag tells: one that is recognised but holds up the check is no match yet."""
        return "asks" if self.is_open and self.state not in OPEN else self.state

    @property
    def label(self) -> Any:
        """What its tag says."""
        return STATES[self.told][0]

    @property
    def tone(self) -> str:
        """Of its tag."""
        return STATES[self.told][1]

    @property
    def icon(self) -> str:
        """Of its tag."""
        return STATES[self.told][2]

    @property
    def is_open(self) -> bool:
        """Whether it holds up the check."""
        return self.state in OPEN or bool(self.findings or (self.form and self.form.blocks))

    @property
    def may_be_new(self) -> Sequence[tuple[str, str]]:
        """Kinds a new property may have."""
        return [(name, gettext(KINDS[name].label)) for name in NEW_KINDS]


@dataclass(frozen=True, slots=True)
class Question:
    """What a column asks: `yes` is the token that confirms; `other` an object to import instead."""

    text: str
    yes: str = ""
    yes_label: str = ""
    other: str = ""
    other_label: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """How the dates or numbers of a column are written; `asks`: two ways fit every cell seen.

    `blocks`: these were all cells there are, so that nothing will tell.
    """

    name: str
    chosen: str
    choices: Sequence[tuple[str, str]]
    asks: bool = False
    blocks: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """Settings of an association column (T6)."""

    other: str
    plural: str
    key: str
    keys: Sequence[tuple[str, str]]
    many: bool
    missing: str
    existing: str
    is_label: bool


def shown_columns(
    columns: Sequence[ColumnAnswer],
    *,
    row: Import,
    object: ObjectDef,
    model: DataModel,
    actor: Actor,
    profile: Profile,
    settings: Settings,
    refusal: TresseError | None = None,
    broken: Mapping[str, TresseError] = NOTHING,
) -> list[Shown]:
    """All columns of a file, in order."""
    forms = forms_given(row.reading, [each.header for each in columns])
    faults = faults_of(refusal, columns) or _mapped_twice(columns, object)
    for each in columns:
        if each.header in broken:
            faults.setdefault(each.position, []).append(message(broken[each.header]))
    shown = []
    for column in columns:
        told = _told(column, profile, refusal)
        state = state_of(column, object)
        prop = property_of(column, columns, object=object, model=model)
        kind = prop.kind if prop else KINDS[told.kind if told else "text"]
        new = {}
        if isinstance(column.answer, NewColumn):
            kind = KINDS[column.answer.kind]
            new = {"label": column.answer.label, "kind": column.answer.kind}
        written = None
        if told and (prop or new):
            written = _written(kind, told, forms[column.position], is_whole=profile.is_whole)
        shown.append(
            Shown(
                column,
                state,
                token_of(column.answer, columns, model),
                label_of(column.answer, columns, object, model),
                told,
                round(100 * told.filled / profile.rows) if told and profile.rows else 0,
                kind,
                written,
                _question(column, columns, object, model),
                _link(column, model, settings, actor),
                new,
                tuple(faults.get(column.position, ())),
                _loses(column, columns, object, model) if state == "locked" else "",
                _icon(column, kind, model),
            )
        )
    return shown


def _told(column: ColumnAnswer, profile: Profile, refusal: TresseError | None) -> Column | None:
    """What its first cells tell; the check of the whole file may know that they tell nothing."""
    if column.position >= len(profile.columns):
        return None
    told = profile.columns[column.position]
    if refusal is None or refusal.details.get("column") != column.header:
        return told
    unclear = (None, refusal.code, str(refusal.details.get("value", "")))
    if refusal.code == DATE_ORDER_UNKNOWN.code:
        return replace(told, dates=unclear)
    if refusal.code == NUMBER_FORM_UNKNOWN.code:
        return replace(told, numbers=unclear)
    return told


def state_of(column: ColumnAnswer, object: ObjectDef) -> str:
    """One of `STATES`; `object`: whose columns they are."""
    answer = column.answer
    state = "locked" if column.is_locked else "matched"
    if isinstance(answer, AskingColumn):
        state = "asks"
    elif isinstance(answer, UndecidedColumn):
        state = "asks" if answer.other else "near" if answer.meant else "choose"
    elif isinstance(answer, IgnoredColumn):
        state = "ignored"
    elif isinstance(answer, ReadOnlyColumn) and answer.property != "created_at":
        state = "synced" if is_for_syncs(object.property(answer.property)) else "product"
    elif isinstance(answer, NewColumn):
        state = "new"
    return state


def _icon(column: ColumnAnswer, kind: PropertyKind, model: DataModel) -> str:
    answer = column.answer
    if isinstance(answer, AssociationColumn):
        return model.object(answer.side.other).icon
    if isinstance(answer, IdColumn | KeyColumn):
        return "key"
    return "tag" if isinstance(answer, LabelsColumn) else kind.icon


def _mapped_twice(columns: Sequence[ColumnAnswer], object: ObjectDef) -> dict[int, list[str]]:
    """Columns that go to one property, which the check would refuse (T24)."""
    homes: dict[str, list[ColumnAnswer]] = {}
    for each in columns:
        answer = each.answer
        if isinstance(answer, PropertyColumn | KeyColumn):
            homes.setdefault(shown_label(object.property(answer.property)), []).append(each)
        elif isinstance(answer, IdColumn):
            homes.setdefault("ID", []).append(each)
        elif isinstance(answer, NewColumn):
            homes.setdefault(answer.label, []).append(each)
    found: dict[int, list[str]] = {}
    for label, several in homes.items():
        for each in several if len(several) > 1 else ():
            other = next(one for one in several if one is not each)
            error = PROPERTY_MAPPED_TWICE(column=each.header, other=other.header, property=label)
            found[each.position] = [message(error)]
    return found


def _question(
    column: ColumnAnswer, columns: Sequence[ColumnAnswer], object: ObjectDef, model: DataModel
) -> Question | None:
    answer = column.answer
    if isinstance(answer, AskingColumn):
        if answer.meant is None:
            return Question(message(answer.refusal))
        return _did_you_mean(answer.meant, answer.meant_header, columns, object, model)
    if not isinstance(answer, UndecidedColumn):
        return None
    if answer.other:
        other = model.object(answer.other)
        plural = inside(shown_plural(other))
        yes = token_of(answer.meant, columns, model) if answer.meant else ""
        return Question(
            gettext("These are ids of {others}, not of {objects}. What are they for?").format(
                others=plural, objects=inside(shown_plural(object))
            ),
            yes,
            gettext("Link to these {others}").format(others=plural),
            other.name,
            gettext("Import the file as {others}").format(others=plural),
        )
    if answer.meant is None:
        return None
    return _did_you_mean(answer.meant, "", columns, object, model)


def _did_you_mean(
    meant: Any,
    header: str,
    columns: Sequence[ColumnAnswer],
    object: ObjectDef,
    model: DataModel,
) -> Question:
    label = label_of(meant, columns, object, model) or header
    return Question(
        gettext("Did you mean “{label}”?").format(label=label),
        token_of(meant, columns, model),
        gettext("Yes, {label}").format(label=label),
    )


def _written(kind: PropertyKind, told: Column, given: Any, *, is_whole: bool) -> Written | None:
    """How its dates or numbers are read; asked where two ways fit all of its values."""
    if kind.name in DATES:
        found, code, example = told.dates
        chosen = given.date_order or found or ""
        choices = [
            ("dmy", gettext("Day first")),
            ("mdy", gettext("Month first")),
            ("ymd", gettext("Year first")),
        ]
        if code and not given.date_order:
            choices = list(_both_dates(example))
    elif kind.name in NUMBERS:
        found, code, example = told.numbers
        chosen = given.decimal_sign or found or ""
        choices = [(".", gettext("Decimal point")), (",", gettext("Decimal comma"))]
        if code and not given.decimal_sign:
            choices = list(_both_numbers(example))
    else:
        return None
    name = "dates" if kind.name in DATES else "numbers"
    asks = bool(code) and not chosen
    return Written(name, chosen, choices, asks, asks and is_whole, example)


def _both_dates(example: str) -> Sequence[tuple[str, str]]:
    numbers = [int(each) for each in "".join(c if c.isdigit() else " " for c in example).split()]
    one, two = numbers[0], numbers[1]
    return [
        ("dmy", f"{one} {gettext(MONTHS[two - 1])}"),
        ("mdy", f"{two} {gettext(MONTHS[one - 1])}"),
    ]


def _both_numbers(example: str) -> Sequence[tuple[str, str]]:
    plain = example.replace(",", "").replace(".", "")
    whole, part = plain[:-3], plain[-3:]
    is_comma = "," in example
    as_whole, as_part = f"{whole} {part}", f"{whole}{',' if is_comma else '.'}{part}"
    return [
        ("." if is_comma else ",", gettext("{number}, a whole number").format(number=as_whole)),
        ("," if is_comma else ".", gettext("{number}, with decimals").format(number=as_part)),
    ]


def _link(
    column: ColumnAnswer, model: DataModel, settings: Settings, actor: Actor
) -> LinkOptions | None:
    answer = column.answer
    if not isinstance(answer, AssociationColumn):
        return None
    other = model.object(answer.side.other)
    keys = [("", gettext("Told by each value")), ("id", gettext("ID"))]
    keys += [
        (prop.name, shown_label(prop))
        for prop in readable_properties(other, actor)
        if prop.is_unique or prop.is_match_key
    ]
    # Offered once: where the title is itself a key (company name), that key stands for it.
    if answer.key == "title" or other.title not in {name for name, _label in keys}:
        keys.append(("title", gettext("Name")))
    return LinkOptions(
        inside(shown_label(other)),
        inside(shown_plural(other)),
        answer.key or "",
        keys,
        answer.many,
        answer.missing or settings.missing,
        answer.existing or settings.existing,
        answer.label is not None,
    )


def _loses(
    column: ColumnAnswer, columns: Sequence[ColumnAnswer], object: ObjectDef, model: DataModel
) -> str:
    """What is lost when a column needed to link is given another meaning (T22b)."""
    if isinstance(column.answer, IdColumn):
        return gettext(
            "Without it the {objects} are found by other keys only, or every row makes a new one."
        ).format(objects=inside(shown_plural(object)))
    if not isinstance(column.answer, AssociationColumn):
        return ""
    beside = [
        each.header
        for each in columns
        if isinstance(each.answer, LabelsColumn | LinkedColumn)
        and each.answer.column == column.position
    ]
    others = inside(shown_plural(model.object(column.answer.side.other)))
    text = gettext("Without it no row of this file is linked to {others} by “{column}”.").format(
        others=others, column=column.header
    )
    if beside:
        also = gettext("{columns} will have no meaning either.").format(columns=", ".join(beside))
        return f"{text} {also}"
    return text


def faults_of(refusal: TresseError | None, columns: Sequence[ColumnAnswer]) -> dict[int, list[str]]:
    """What refused the check, at the columns it names; else at none (then the page says it)."""
    if refusal is None:
        return {}
    named_ = {str(refusal.details[key]) for key in ("column", "other") if key in refusal.details}
    more = refusal.details.get("columns")
    named_ |= set(map(str, more)) if isinstance(more, list | tuple) else set()
    sentence = message(refusal)
    return {each.position: [sentence] for each in columns if each.header in named_}


def option_answer(column: ColumnAnswer, model: DataModel) -> dict[str, Any]:
    """The answer of an association column as a mapping file has it, options included."""
    answer = column.answer
    if not isinstance(answer, AssociationColumn):
        return {}
    found: dict[str, Any] = {"association": named(answer, model), "many": answer.many}
    for name in ("key", "missing", "existing"):
        if (value := getattr(answer, name)) is not None:
            found[name] = value
    return found


__all__ = [
    "Shown",
    "faults_of",
    "option_answer",
    "shown_columns",
    "state_of",
]
