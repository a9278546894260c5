"""One column with its type and rules; computed columns; each tried on rows before it is kept."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from tresse.accounts.account import ZONES
from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import UNKNOWN_NAME, TresseError, nearest
from tresse.sources.changes.sources import change_source, merged
from tresse.sources.columns import Column
from tresse.sources.definition import SourceDefinition
from tresse.sources.detection import DATES
from tresse.sources.models import Source
from tresse.sources.parsing import parsed
from tresse.sources.preview import preview
from tresse.sources.proposals import with_words_accepted
from tresse.sources.queries import MANAGE
from tresse.sources.rule_forms import (
    Item,
    given_rules,
    item_of,
    moved,
    rule_choices,
    shown_rules,
)
from tresse.sources.rules.base import NUMBERS
from tresse.sources.rules.spacing import EmptyToNull
from tresse.sources.saying import column_said
from tresse.sources.semantics import FIELDS
from tresse.sources.shown import type_choices
from tresse.sources.stored import detected_of, resolved_of
from tresse.sources.views.columns import Sheet, preview_context, sheet_of, shown_preview
from tresse.sources.views.frame import address_of, frame, page, source_of


class ColumnForm(forms.Form):
    """Type and what belongs to it; fields that say nothing of the type are left out."""

    type = forms.ChoiceField(label=_("Type"))
    format = forms.CharField(
        label=_("How it is written"),
        required=False,
        help_text=_("As %d/%m/%Y, or unix. Empty: 2026-12-31 and the like."),
    )
    zone = forms.ChoiceField(label=_("Time zone"), required=False)
    point = forms.ChoiceField(
        label=_("Decimal sign"), required=False, choices=[(".", "1,234.50"), (",", "1 234,50")]
    )
    separator = forms.CharField(
        label=_("Between the parts of a list"), required=False, max_length=10, strip=False
    )
    semantic = forms.ChoiceField(label=_("What it holds"), required=False)
    required = forms.BooleanField(
        label=_("Reject a row without it"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "check"}),
    )

    def __init__(self, *args: Any, type_: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [("", gettext("As the account")), *((zone, zone) for zone in ZONES)]
        offered = {
            "type": type_choices(),
            "zone": zones,
            "semantic": [("", "–"), *((name, name) for name in FIELDS)],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices  # type: ignore[attr-defined]
        wanted = {
            "format": type_ in DATES,
            "zone": type_ == "datetime",
            "point": type_ in NUMBERS,
            "separator": type_ == "list",
        }
        for name, is_wanted in wanted.items():
            if not is_wanted:
                del self.fields[name]


def source_column(request: SignedIn, name: str) -> HttpResponse:
    """One column: buttons change what is typed and try it; nothing is kept before Save."""
    source = source_of(request, name)
    require_right(request.actor, MANAGE)
    sheet = sheet_of(request, source)
    column = _named(sheet, request.GET.get("name", ""))
    is_sent = request.method == "POST"
    item = _item(request, column) if is_sent else column_said(column)
    rules: list[Item] = list(item.get("rules", [])) if is_sent else [*map(item_of, column.rules)]
    proposed = _proposed(sheet, column.name)
    if is_sent:
        more, act = request.POST.get("more", ""), request.POST.get("act", "")
        rules = moved(given_rules(request.POST), act, more, proposed)
    sentence = ""
    try:
        whole = _with(source, sheet, {**item, "rules": rules})
        definition = parsed({**whole, "name": source.name})
        if is_sent and request.POST.get("save"):
            change_source(source, whole, actor=request.actor)
            messages.success(request, gettext("The column is saved."))
            return redirect(f"{address_of(source)}columns/")
        shown = preview_context(request, _resolved(definition, source), source, [column.name])
    except TresseError as error:
        sentence, shown = message(error), {}
    type_ = str(item.get("type") or column.type or "text")
    context = {
        **frame(request, source, "columns"),
        "column": column,
        "about": sheet.there.get(column.name, ""),
        "form": ColumnForm(initial={"type": column.type or "text", **item}, type_=type_),
        "rules": shown_rules(rules),
        "offered": rule_choices(type_),
        "proposed": proposed,
        "sentence": sentence,
        **shown,
    }
    return page(request, "column.html", context, is_refused=bool(sentence) and is_sent)


def _named(sheet: Sheet, name: str) -> Column:
    known = {column.name: column for column in sheet.columns}
    if name not in known:
        raise UNKNOWN_NAME(sort=gettext("column"), name=name, nearest=nearest(name, known))
    return known[name]


def _item(request: SignedIn, column: Column) -> dict[str, Any]:
    """The column as it was typed; what the form did not show stays."""
    given = request.POST
    item: dict[str, Any] = {**column_said(column), "type": given.get("type", column.type)}
    for name in ("zone", "format", "point", "separator", "semantic"):
        if name in given:
            item[name] = given[name]
    item["required"] = given.get("required") == "on"
    if item["type"] != column.type:
        # What was said of the former type says nothing of this one.
        for name in ("format", "zone", "point", "separator"):
            item.pop(name, None)
    return {key: value for key, value in item.items() if value not in ("", False)}


def _proposed(sheet: Sheet, name: str) -> list[str]:
    """Rules that are proposed for a column (S61)."""
    proposals = sheet.detected.proposals if sheet.detected else ()
    return [rule for each in proposals if each.column.name == name for rule in each.rules]


def _with(source: Source, sheet: Sheet, item: dict[str, Any]) -> dict[str, Any]:
    """The whole definition with this column as it is typed; it is read from then on."""
    item = {key: value for key, value in item.items() if value not in ("", False, [])}
    columns = [
        item if column.name == item["name"] else column_said(column)
        for column in sheet.columns
        if column.name in sheet.picked or column.name == item["name"]
    ]
    return merged(source, {"columns": columns})


def _resolved(definition: SourceDefinition, source: Source) -> SourceDefinition:
    return definition.resolved(detected_of(source))


@require_POST
def source_rules(request: SignedIn, name: str) -> HttpResponse:
    """Add the rules that a note proposes to a column (S55, S61)."""
    source = source_of(request, name)
    require_right(request.actor, MANAGE)
    sheet = sheet_of(request, source)
    column = _named(sheet, request.POST.get("name", ""))
    wanted = request.POST.getlist("rule")
    found = sheet.detected.proposals if sheet.detected else ()
    proposal = next((each for each in found if each.column.name == column.name), None)
    if EmptyToNull.name in wanted and proposal and proposal.accepted:
        # With the words that occur, and the type that the other cells then have.
        column = with_words_accepted(column, proposal)
        wanted = [each for each in wanted if each != EmptyToNull.name]
    rules = [*map(item_of, column.rules), *wanted]
    item = _with(source, sheet, {**column_said(column), "rules": rules})
    change_source(source, item, actor=request.actor)
    return redirect(f"{address_of(source)}columns/")


def source_computed(request: SignedIn, name: str) -> HttpResponse:
    """Computed columns (S62): add, change, take away, try."""
    source = source_of(request, name)
    there = [dict(each) for each in source.definition.get("computed", [])]
    edited = request.POST.get("was") or request.GET.get("edit", "")
    row = next((each for each in there if each["name"] == edited), {})
    typed = {key: str(request.POST.get(key, row.get(key, ""))).strip() for key in ("name", "sql")}
    sentence, shown = "", {}
    if request.method == "POST":
        require_right(request.actor, MANAGE)
        drop = request.POST.get("drop", "")
        kept = [each for each in there if each["name"] not in (drop, edited)]
        wanted = kept if drop else [*kept, typed]
        try:
            item = merged(source, {"computed": wanted or None})
            definition = _resolved(parsed({**item, "name": source.name}), source)
            if not drop:
                shown = _tried(request, definition, source, typed["name"])
            if "try" not in request.POST:
                change_source(source, item, actor=request.actor)
                return redirect(f"{address_of(source)}computed/")
        except TresseError as error:
            sentence = message(error)
    names = [column.name for column in resolved_of(source).columns or ()]
    context = {
        **frame(request, source, "columns"),
        "computed": there,
        "was": edited if row else "",
        **typed,
        "names": names,
        "sentence": sentence,
        **shown,
    }
    return page(request, "computed.html", context, is_refused=bool(sentence))


def _tried(
    request: SignedIn, definition: SourceDefinition, source: Source, name: str
) -> dict[str, Any]:
    """What a formula gives on rows; where there are none to be had, why.

    Raises:
        TresseError: What is wrong with the formula.
    """
    try:
        found = preview(definition, source=source, only=[name], actor=request.actor)
    except TresseError as error:
        if error.code.startswith("formula"):
            raise
        return {"preview": None, "preview_sentence": message(error)}
    return {"preview": shown_preview(found)}
