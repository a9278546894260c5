"""Templates of imports over REST (T88)."""

from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from ninja import Router, Status

from tresse.accounts.answers import answer
from tresse.accounts.requests import SignedIn, body_of, parameters_of
from tresse.transfers import changes, queries
from tresse.transfers.activities import import_model
from tresse.transfers.mapping.template import TOP
from tresse.transfers.models import ImportTemplate
from tresse.transfers.template_definitions import facts_of

router = Router(tags=["Templates of imports"])
SORT = "a template"


@router.get("/import-templates")
def templates_list(request: SignedIn) -> HttpResponse:
    """Templates one may use, by name; those for an `object`."""
    given = parameters_of(request, ("object",))
    name = import_model(given["object"]).object(given["object"]).name if "object" in given else ""
    found = queries.templates_of(request.actor, object_name=name)
    return answer({"import_templates": [_facts(row) for row in found]})


@router.post("/import-templates")
def templates_add(request: SignedIn) -> HttpResponse:
    """Keep one: `name`, `private`, `object` and what else a mapping file has."""
    asked = body_of(request, TOP, SORT)
    row = changes.save_template(
        asked.get("name", ""),
        content=asked,
        actor=request.actor,
        is_shared=not asked.get("private", False),
    )
    return answer(_facts(row), HTTPStatus.CREATED)


@router.get("/import-templates/{path:name}")
def templates_one(request: SignedIn, name: str) -> HttpResponse:
    """One template."""
    return answer(_facts(queries.template_named(name, actor=request.actor)))


@router.patch("/import-templates/{path:name}")
def templates_change(request: SignedIn, name: str) -> HttpResponse:
    """Rename it, share it or not, or put other contents in place of its own."""
    row = queries.template_named(name, actor=request.actor)
    asked = body_of(request, TOP, SORT)
    contents = {key: value for key, value in asked.items() if key not in ("name", "private")}
    row = changes.change_template(
        row,
        actor=request.actor,
        name=asked.get("name"),
        is_shared=not asked["private"] if "private" in asked else None,
        content={**row.content, **contents} if contents else None,
    )
    return answer(_facts(row))


@router.delete("/import-templates/{path:name}", response={204: None})
def templates_delete(request: SignedIn, name: str) -> Status[None]:
    """Drop it."""
    row = queries.template_named(name, actor=request.actor)
    changes.delete_template(row, actor=request.actor)
    return Status(204, None)


def _facts(row: ImportTemplate) -> dict[str, Any]:
    return {
        **facts_of(row),
        "private": not row.is_shared,
        "author": row.author.email if row.author else None,
    }
