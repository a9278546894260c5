"""Roles: what each may do with which object type, and the general rights."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.http import require_POST

from tresse.accounts.actor import ACTIONS, SCOPES
from tresse.accounts.answers import message
from tresse.accounts.changes import add_role, change_role, delete_role
from tresse.accounts.handover import object_labels
from tresse.accounts.models import Role
from tresse.accounts.permission import require_right
from tresse.accounts.queries import role_at
from tresse.accounts.requests import SignedIn
from tresse.accounts.rights import GENERAL, YES_OR_NO
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_

ACTION_WORDS = {
    "view": N_("See"),
    "create": N_("Add"),
    "edit": N_("Change"),
    "delete": N_("Delete"),
    "merge": N_("Merge"),
    "bulk_edit": N_("Change many"),
    "import": N_("Import"),
    "export": N_("Export"),
}
SCOPE_WORDS = {
    # Translators: how far a right reaches, in narrow columns: short words.
    "none": pgettext_lazy("scope", "None"),
    "own": pgettext_lazy("scope", "Own"),
    "team": pgettext_lazy("scope", "Team"),
    "all": pgettext_lazy("scope", "All"),
}


def role_new(request: SignedIn) -> HttpResponse:
    """Add a role."""
    require_right(request.actor, "users.manage")
    return _role(request, None)


def role_page(request: SignedIn, name: str) -> HttpResponse:
    """Show and change one role."""
    require_right(request.actor, "users.manage")
    return _role(request, role_at(name))


@require_POST
def role_delete(request: SignedIn, name: str) -> HttpResponse:
    """Delete a role that nobody has."""
    delete_role(role_at(name), actor=request.actor)
    return redirect("accounts:people")


def _role(request: SignedIn, role: Role | None) -> HttpResponse:
    rights: Mapping[str, Any] = role.rights if role else {}
    refusal = ""
    if request.method == "POST":
        rights = posted_rights(request.POST, rights)
        try:
            saved = _saved(request, role, rights)
        except TresseError as error:
            refusal = message(error)
        else:
            messages.success(request, gettext("{name} is saved.").format(name=saved.label))
            return redirect("accounts:people")
    context = {
        "role": role,
        "name": request.POST.get("name", ""),
        "label": request.POST.get("label", role.label if role else ""),
        "refusal": refusal,
        "actions": [gettext(word) for word in ACTION_WORDS.values()],
        "rows": list(matrix(rights.get("objects", {}))),
        "general": [
            {
                "name": right.name,
                "label": gettext(right.label),
                "is_given": right.name in rights.get("rights", ()),
            }
            for right in GENERAL
        ],
        "here": "people",
    }
    return render(request, "accounts/role.html", context, status=422 if refusal else 200)


def _saved(request: SignedIn, role: Role | None, rights: Mapping[str, Any]) -> Role:
    label = request.POST.get("label", "")
    if role is None:
        name = request.POST.get("name", "")
        return add_role(name=name, label=label, rights=rights, actor=request.actor)
    given = None if role.is_administrator else rights
    return change_role(role, label=label, rights=given, actor=request.actor)


def posted_rights(posted: QueryDict, before: Mapping[str, Any]) -> dict[str, Any]:
    """The rights that the page sends; property access is not on it and stays."""
    objects: dict[str, dict[str, str]] = {}
    for key, value in posted.items():
        name, _, action = key.partition(".")
        if action in ACTIONS:
            objects.setdefault(name, {})[action] = str(value)
    kept = {name: each for name, each in objects.items() if set(each.values()) != {"none"}}
    return {
        "objects": kept,
        "properties": before.get("properties", {}),
        "rights": posted.getlist("rights"),
    }


def matrix(objects: Mapping[str, Mapping[str, str]]) -> Iterable[dict[str, Any]]:
    """A row for each object type, with the choices for each action."""
    for name, label in object_labels(objects).items():
        given = objects.get(name, {})
        cells = [
            {
                "name": f"{name}.{action}",
                "label": f"{label}: {gettext(ACTION_WORDS[action])}",
                "choices": [
                    (scope, str(SCOPE_WORDS[scope]), given.get(action, "none") == scope)
                    for scope in (("none", "all") if action in YES_OR_NO else SCOPES)
                ],
            }
            for action in ACTIONS
        ]
        yield {"label": label, "cells": cells}
