"""Formulas tried before they are saved, and changes of kind, over REST (C22, C30)."""

from typing import Any, ClassVar

from django.http import HttpResponse
from ninja import Router

from tresse.accounts.answers import answer, message
from tresse.accounts.requests import SignedIn
from tresse.kernel.marks import N_
from tresse.objects.changes.checks import may_edit
from tresse.objects.described import data_model
from tresse.objects.models import KindChange, Property
from tresse.objects.queries import object_type_named, property_named
from tresse.objects.refusals import refused_value
from tresse.objects.schemas import Body
from tresse.objects.sight import readable_property, seen_object
from tresse.objects.uses import Target, users_of
from tresse.records.answers import Shown
from tresse.records.changes.kinds import bring_back, change_kind, examine_kind
from tresse.records.previews import preview
from tresse.records.refusals import NOT_KEPT

router = Router(tags=["Data model"])


class FormulaIn(Body):
    """A formula to try; `name`: of the property that would get it."""

    sort: ClassVar[str] = N_("a formula")
    formula: str
    kind: str = ""
    name: str = ""


class KindIn(Body):
    """Another kind for a property; `failing`: stop or empty; `dry_run`: only say what comes."""

    sort: ClassVar[str] = N_("a change of kind")
    kind: str
    failing: str = "stop"
    dry_run: bool = False
    settings: dict[str, Any] | None = None
    options: list[dict[str, Any]] = []
    date_order: str = ""
    decimal_sign: str = ""


@router.post("/objects/{object_name}/formula-preview")
def formula_preview(request: SignedIn, object_name: str, body: FormulaIn) -> HttpResponse:
    """What a formula gives for the newest 100 records in sight, before it is saved."""
    may_edit(request.actor)
    model, actor = data_model(), request.actor
    here = seen_object(actor, model, object_name)
    found = preview(model, here, actor=actor, **body.dict())
    shown = Shown(here, actor)
    return answer(
        {
            "kind": found.prop.kind.name,
            "kinds": list(found.kinds),
            "records": [
                {"id": id, "title": title, "value": shown.value(found.prop, value)}
                for id, title, value in found.rows
            ],
            "empty": found.empty,
            "changed": found.changed,
        }
    )


@router.post("/objects/{object_name}/properties/{name}/kind")
def kind_change(request: SignedIn, object_name: str, name: str, body: KindIn) -> HttpResponse:
    """Change the kind of a property; 202 with the address of the job, or the dry run."""
    actor, row = request.actor, _property(request, object_name, name)
    form = {key: each for key in ("date_order", "decimal_sign") if (each := getattr(body, key))}
    more: dict[str, Any] = {
        "settings": body.settings,
        "options": body.options,
        "form": form or None,
    }
    if not body.dry_run:
        change = change_kind(row, body.kind, actor=actor, empties=body.failing == "empty", **more)
        return answer(shown_change(change), 202)
    report, _ = examine_kind(row, body.kind, actor=actor, **more)
    here = data_model().object_by_id(row.object_type_id)
    return answer(
        {
            "records": report.records,
            "empty": report.empty,
            "converted": report.converted,
            "unchanged": report.unchanged,
            "emptied": report.emptied,
            "failing": [
                {
                    "value": each.value,
                    "number": each.number,
                    "code": each.refused.code,
                    "message": message(refused_value(row.label, each.refused)),
                }
                for each in report.failing
            ],
            "distinct": report.distinct,
            "shared": list(report.shared),
            "users": users_of(Target("property", row.name, here.name)),
        }
    )


@router.delete("/objects/{object_name}/properties/{name}/kind")
def kind_back(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Bring the former kind and values of a property back, within 30 days."""
    row = _property(request, object_name, name)
    change = row.kind_changes.filter(is_kept=True, state="done").order_by("-pk").first()
    if change is None:
        raise NOT_KEPT(name=row.label)
    bring_back(change, actor=request.actor)
    change.refresh_from_db()
    return answer(shown_change(change))


def _property(request: SignedIn, object_name: str, name: str) -> Property:
    here = seen_object(request.actor, data_model(), object_name)
    prop = readable_property(here, name, request.actor)
    return property_named(object_type_named(here.name), prop.name)


def shown_change(change: KindChange) -> dict[str, Any]:
    """A change of kind as it is answered."""
    return {
        "id": change.pk,
        "from": change.old_kind,
        "to": change.new_kind,
        "state": change.state,
        "is_kept": change.is_kept,
    }
