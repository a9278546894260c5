"""The board of an index page: its columns, more cards, a card moved, how records move (C91)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel import clock
from tresse.kernel.errors import UNKNOWN_NAME, TresseError
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef, PipelineDef, PropertyDef, StageDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address, record_address
from tresse.records.board import (
    CARDS,
    Cards,
    Deck,
    Totals,
    amount_of,
    card_columns,
    pipeline_named,
    totals_of,
)
from tresse.records.cells import Cells, tone_of
from tresse.records.cells import amount as written_amount
from tresse.records.changes import update_record
from tresse.records.columns import Column
from tresse.records.index import Shape, columns_of, shape_in, whole_filter
from tresse.records.lists import condition_of, sorts
from tresse.records.queries import Record, titles
from tresse.records.stage_times import stays_of
from tresse.records.table import TableCell, may_write, rows_of
from tresse.records.views.values import posted
from tresse.records.visibility import reached

AT_ONCE = 60
"Cards that a page brings with it; those of further columns follow when they come into sight."


@dataclass(frozen=True, slots=True)
class Card:
    """A record on the board: who it is about, its facts, its owner."""

    record: Record
    address: str
    about: list[TableCell]
    facts: list[TableCell]
    owner: str
    may_move: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class Head:
    """What stands over a stage: its label, and the totals of all its records."""

    stage: StageDef
    label: str
    tone: str
    count: int
    amount: str
    weighted: str
    has_sums: bool
    "Whether records of this object have an amount at all."


@dataclass(frozen=True, slots=True)
class Stack:
    """A column: its head, the cards shown, and where the next ones are.

    `is_later`: none are shown yet; they come when the column comes into sight.
    """

    head: Head
    cards: list[Card]
    more_address: str
    is_later: bool = False


class Page:
    """The board that an address means."""

    def __init__(
        self,
        model: DataModel,
        object: ObjectDef,
        actor: Actor,
        shape: Shape,
        *,
        columns: Sequence[Column],
    ) -> None:
        self.model, self.object, self.actor, self.shape = model, object, actor, shape
        self.pipeline: PipelineDef = pipeline_named(object, shape.pipeline)
        self.where = condition_of(model, object, actor, whole_filter(shape), words=shape.words)
        chosen = columns if shape.columns else ()
        self.columns = card_columns(model, object, chosen, actor)
        order = sorts(object, shape.sort[:1], actor)
        self.deck = Deck(
            model, object, self.where, actor, tuple(self.columns), order[0] if order else None
        )
        self.cells = Cells(object, actor)

    def heads(self, stages: Sequence[StageDef]) -> list[Head]:
        """The heads of stages, by one statement."""
        totals = totals_of(self.object, stages, self.where, self.actor)
        money = amount_of(self.object, self.actor)
        return [self._head(stage, totals.get(stage.id, Totals()), money) for stage in stages]

    def _head(self, stage: StageDef, totals: Totals, money: PropertyDef | None) -> Head:
        written = [
            "" if value is None or money is None else self._written(value, money)
            for value in (totals.amount, totals.weighted)
        ]
        label, tone = shown_label(stage, self.object), tone_of(self.object, stage)
        amount, weighted = written
        return Head(stage, label, tone, totals.count, amount, weighted, money is not None)

    def _written(self, value: Any, money: PropertyDef) -> str:
        return written_amount(value, self.cells.reading(money).currency)

    def stacks(self) -> list[Stack]:
        """All columns of the pipeline."""
        heads = self.heads(self.pipeline.stages)
        later = _later(heads)
        decks = self.deck.first([head.stage for head in heads if head.stage.id not in later])
        records = [record for each in decks.values() for record in each.records]
        cards = {card.record.id: card for card in self.cards(records)}
        return [
            Stack(head, [], self._address(head.stage, ""), is_later=True)
            if head.stage.id in later
            else Stack(
                head,
                [cards[record.id] for record in decks[head.stage.id].records],
                self.more_address(head.stage, decks[head.stage.id]),
            )
            for head in heads
        ]

    def more_address(self, stage: StageDef, shown: Cards) -> str:
        """Where the next cards of a stage are; empty if there are no more."""
        return self._address(stage, shown.next) if shown.next else ""

    def _address(self, stage: StageDef, after: str) -> str:
        state = [*self.shape.state(), *([("after", after)] if after else [])]
        return f"{index_address(self.object)}board/{stage.id}/?{urlencode(state)}"

    def cards(self, records: Sequence[Record]) -> list[Card]:
        """Records as cards; links of each relation are read for all at once."""
        found = rows_of(self.model, self.object, records, self.columns, self.actor)
        ids = [record.id for record in records]
        stage = self.object.property("stage")
        movable = set()
        if may_write(self.object, stage, self.actor):
            movable = reached(self.object, ids, self.actor, "edit")
        return [
            Card(
                row.record,
                record_address(self.object, row.record.id),
                [each for each in row.cells if each.others],
                [
                    each
                    for each in row.cells
                    if each.cell and each.cell.text and each.column.key != "owner"
                ],
                self.cells.people.get(row.record.values.get("owner") or 0, ""),
                row.record.id in movable,
                _is_late(row.record, self.pipeline),
            )
            for row in found
        ]


def _later(heads: Sequence[Head]) -> set[int]:
    """Stages whose cards come when they are looked at: those right of the first many cards."""
    shown, later = 0, set()
    for head in heads:
        if shown >= AT_ONCE:
            later.add(head.stage.id)
        shown += min(head.count, CARDS)
    return {head.stage.id for head in heads if head.count and head.stage.id in later}


def _is_late(record: Record, pipeline: PipelineDef) -> bool:
    """Whether it should have been closed by now, and is not."""
    day = record.values.get("close_date")
    if day is None or day >= clock.now().date():
        return False
    stage = record.values.get("stage")
    return any(each.id == stage and each.kind == "open" for each in pipeline.stages)


def board_of_page(
    model: DataModel, object: ObjectDef, actor: Actor, shape: Shape, *, columns: Sequence[Column]
) -> dict[str, Any]:
    """What the index page shows as a board."""
    page = Page(model, object, actor, shape, columns=columns)
    stacks = page.stacks()
    return {
        "stacks": stacks,
        "count": sum(each.head.count for each in stacks),
        "pipeline": page.pipeline,
        "pipelines": [(each.name, shown_label(each, object)) for each in object.pipelines],
        "times_address": f"{index_address(object)}board/times/?{urlencode(list(shape.state()))}",
        "rows": [each for each in stacks if each.head.count],
        "slow": [],
    }


def _page_of(request: SignedIn, object_name: str) -> Page:
    model = model_of(request)
    object = model.object(object_name)
    if not object.has_pipelines:
        raise UNKNOWN_NAME(sort=N_("board"), name=object.name, nearest=None)
    shape = shape_in(request.GET, object, request.actor)
    columns, _ = columns_of(model, object, shape, request.actor)
    return Page(model, object, request.actor, shape, columns=columns)


def _stage(object: ObjectDef, text: str) -> StageDef:
    for each in object.stages.values():
        if str(each.id) == text:
            return each
    raise UNKNOWN_NAME(sort=N_("stage"), name=text, nearest=None)


def board_more(request: SignedIn, object_name: str, stage_id: int) -> HttpResponse:
    """The next cards of one stage."""
    page = _page_of(request, object_name)
    stage = _stage(page.object, str(stage_id))
    shown = page.deck.more(stage, request.GET.get("after", ""))
    context = {
        "cards": page.cards(shown.records),
        "more_address": page.more_address(stage, shown),
        "stage_id": stage.id,
    }
    return render(request, "records/_board_cards.html", context)


@require_POST
def move(request: SignedIn, object_name: str, id: int) -> HttpResponse:
    """Put a record into another stage: both heads and the card come back, or what it still needs.

    The address has the state of the board, so that totals are those of the page.
    """
    page = _page_of(request, object_name)
    object = page.object
    to = _stage(object, request.POST.get("stage", ""))
    pipeline = next(each for each in object.pipelines if each.id == to.pipeline_id)
    given = {
        name.removeprefix("value-"): posted(request, name)
        for name in request.POST
        if name.startswith("value-")
    }
    title = titles(object, [id], request.actor).get(id, "")
    before = page.deck.stage_of(id)
    values = {**given, "pipeline": pipeline.name, "stage": to.name}
    try:
        update_record(page.model, object, id, values=values, actor=request.actor)
    except TresseError as error:
        if not given and error.code != "stage_requirements_missing":
            raise
        return _missing(request, page, id, to, title=title, error=error)
    said = gettext("{title} is in {stage} now.").format(title=title, stage=shown_label(to, object))
    if not is_fragment(request):
        messages.success(request, said)
        return HttpResponseRedirect(
            f"{index_address(object)}?{urlencode(list(page.shape.state()))}"
        )
    record = page.deck.card(id)
    touched = dict.fromkeys(each for each in (object.stages.get(before or 0), to) if each)
    heads = page.heads(list(touched))
    context = {
        "id": id,
        "stage_id": to.id,
        "card": page.cards([record])[0] if record else None,
        "heads": heads,
        "said": said,
        "address": index_address(object),
    }
    return render(request, "records/_board_moved.html", context)


def _missing(
    request: SignedIn,
    page: Page,
    id: int,
    to: StageDef,
    *,
    title: str,
    error: TresseError,
) -> HttpResponse:
    """The dialog that asks for what the stage needs."""
    object = page.object
    record = page.deck.card(id)
    have = page.deck.values_of(id, to.required) if record else {}
    errors = {each["field"]: each["sentence"] for each in error.details.get("errors", ())}
    fields = []
    for name in to.required:
        if not object.has(name) or (
            have.get(name) is not None and f"value-{name}" not in request.POST
        ):
            continue
        prop = object.property(name)
        fields.append(
            {
                "prop": prop,
                "label": shown_label(prop),
                "cell": page.cells.cell(prop, None),
                "text": posted(request, f"value-{name}"),
                "error": errors.get(name, ""),
                "choices": page.cells.choices(prop),
            }
        )
    context = {
        "title": title,
        "stage": to,
        "stage_label": shown_label(to, object),
        "fields": fields,
        "sentence": "" if errors else message(error),
        "address": f"{record_address(object, id)}move/?{request.GET.urlencode()}",
        "plural": shown_plural(object),
    }
    answer = render(request, "records/_board_missing.html", context, status=422)
    answer.headers["HX-Retarget"] = "#dialog"
    answer.headers["HX-Reswap"] = "innerHTML"
    return answer


def times(request: SignedIn, object_name: str) -> HttpResponse:
    """How long records stay in each stage and where they go (C51); asked for after the board."""
    page = _page_of(request, object_name)
    stays = [
        {
            "stage": page.object.stages[each.stage_id],
            "label": shown_label(page.object.stages[each.stage_id], page.object),
            "stay": each,
        }
        for each in stays_of(page.object, page.pipeline, page.where)
    ]
    context = {
        "stays": stays,
        "plural": shown_plural(page.object),
        "pipeline_label": shown_label(page.pipeline, page.object),
        "is_page": not is_fragment(request),
        "back": f"{index_address(page.object)}?{urlencode(list(page.shape.state()))}",
    }
    template = "records/_board_times.html" if is_fragment(request) else "records/board_times.html"
    return render(request, template, context)
