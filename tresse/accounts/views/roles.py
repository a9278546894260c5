"""Roles: what each may do with which object type, and the general rights."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.actor import ACTIONS
from tresse.accounts.answers import message
from tresse.accounts.changes import add_role, change_role, delete_role
from tresse.accounts.changes.teams import name_from
from tresse.accounts.models import Role
from tresse.accounts.permission import require_right
from tresse.accounts.queries import role_at
from tresse.accounts.requests import SignedIn
from tresse.accounts.rolesheet import (
    ACCESS_WORDS,
    ACTION_WORDS,
    Restriction,
    areas,
    lines,
    posted_properties,
    previews,
    property_choices,
    restrictions,
)
from tresse.kernel.errors import TresseError


def role_new(request: SignedIn) -> HttpResponse:
    """Add a role, with the rights of another one to begin with where `like` names it."""
    require_right(request.actor, "users.manage")
    like = request.GET.get("like", "")
    return _role(request, None, role_at(like).rights if like else {})


def role_page(request: SignedIn, name: str) -> HttpResponse:
    """Show and change one role."""
    require_right(request.actor, "users.manage")
    role = role_at(name)
    return _role(request, role, role.rights)


@require_POST
def role_delete(request: SignedIn, name: str) -> HttpResponse:
    """Delete a role that nobody has."""
    delete_role(role_at(name), actor=request.actor)
    return redirect("accounts:people")


@require_POST
def role_preview(request: SignedIn) -> HttpResponse:
    """What people with a role could see and do, of what the page shows and before it is saved."""
    require_right(request.actor, "users.manage")
    rights = posted_rights(request.POST)
    return render(request, "accounts/_preview.html", {"previews": list(previews(rights))})


def _role(request: SignedIn, role: Role | None, rights: Mapping[str, Any]) -> HttpResponse:
    refused: TresseError | None = None
    if request.method == "POST":
        rights = posted_rights(request.POST)
        try:
            saved = _saved(request, role, rights)
        except TresseError as error:
            refused = error
        else:
            messages.success(request, gettext("{name} is saved.").format(name=saved.label))
            return redirect("accounts:role", saved.name)
    context = role_context(role, rights, refused) | {
        "label": request.POST.get("label", gettext(role.label) if role else ""),
        "here": "people",
    }
    return render(request, "accounts/role.html", context, status=422 if refused else 200)


def role_context(
    role: Role | None, rights: Mapping[str, Any], refused: TresseError | None
) -> dict[str, Any]:
    """What the page of a role shows; `bad_role` stands at its cell, other refusals on top."""
    sentence = message(refused) if refused else ""
    at_cell = refused.details if refused and refused.code == "bad_role" else {}
    return {
        "role": role,
        "refusal": "" if at_cell else sentence,
        "actions": [gettext(word) for word in ACTION_WORDS.values()],
        "rows": list(lines(rights.get("objects", {}), at_cell, sentence)),
        "restrictions": restrictions(rights.get("properties", {})),
        "blank": Restriction(),
        "properties": property_choices(),
        "accesses": [(value, gettext(word)) for value, word in ACCESS_WORDS.items()],
        "areas": list(areas(rights.get("rights", ()))),
        "previews": list(previews(rights)),
    }


def _saved(request: SignedIn, role: Role | None, rights: Mapping[str, Any]) -> Role:
    label = request.POST.get("label", "")
    if role is None:
        name = name_from(label, Role.objects.values_list("name", flat=True))
        return add_role(name=name, label=label, rights=rights, actor=request.actor)
    given = None if role.is_administrator else rights
    kept = role.label if label == gettext(role.label) else label
    return change_role(role, label=kept, rights=given, actor=request.actor)


def posted_rights(posted: QueryDict) -> dict[str, Any]:
    """The rights that the page sends."""
    objects: dict[str, dict[str, str]] = {}
    for key, value in posted.items():
        name, _, action = key.partition(".")
        if action in ACTIONS:
            objects.setdefault(name, {})[action] = str(value)
    kept = {name: each for name, each in objects.items() if set(each.values()) != {"none"}}
    rights = posted.getlist("rights")
    return {"objects": kept, "properties": posted_properties(posted), "rights": rights}
