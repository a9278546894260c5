"""Users, teams and roles, for those who manage users."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.changes import (
    add_team,
    add_user,
    change_team,
    change_user,
    deactivate_user,
    delete_team,
    invite,
)
from tresse.accounts.changes.teams import name_from
from tresse.accounts.forms import HandOver, Person, TeamForm, refusals_in
from tresse.accounts.permission import require_right
from tresse.accounts.queries import (
    public_address,
    roles,
    team_at,
    teams,
    user_with_email,
    user_with_id,
    users,
)
from tresse.accounts.requests import SignedIn, is_fragment


def people_page(request: SignedIn) -> HttpResponse:
    """Show users, teams and roles; with `invite` ask for a new user, who gets an invitation."""
    require_right(request.actor, "users.manage")
    form = Person(request.POST if request.method == "POST" else None, initial={"role": "member"})
    if form.is_valid():
        with refusals_in(form):
            user = add_user(**form.cleaned_data, actor=request.actor)
            return _invited(request, user.pk)
    if form.is_bound or "invite" in request.GET:
        return _asked(request, form, "accounts/_invite.html", title=gettext("Invite a user"))
    found = list(users())
    context: dict[str, Any] = {
        "users": [user for user in found if user.is_active],
        "former": [user for user in found if not user.is_active],
        "teams": teams(),
        "roles": roles().annotate(number=Count("users", filter=Q(users__is_active=True))),
        "here": "people",
    }
    return render(request, "accounts/people.html", context)


def _asked(request: SignedIn, form: Any, fields: str, **context: Any) -> HttpResponse:
    """A form in a dialog, or without scripts on a page of its own; 422 with its errors."""
    context |= {"form": form, "fields": fields, "path": request.path, "here": "people"}
    frame = "accounts/_dialog.html" if is_fragment(request) else "accounts/asked.html"
    return render(request, frame, context, status=422 if form.errors else 200)


def _done(request: SignedIn, to: str, *args: Any) -> HttpResponse:
    """Lead to a page after a change, from a dialog too."""
    answer = redirect(to, *args)
    if is_fragment(request):
        return HttpResponse(headers={"HX-Redirect": answer.headers["Location"]})
    return answer


def user_page(request: SignedIn, user_id: int) -> HttpResponse:
    """Show and change one user."""
    require_right(request.actor, "users.manage")
    user = user_with_id(user_id)
    given = {"email": user.email, "name": user.name, "role": user.role.name}
    given["teams"] = [team.name for team in user.teams.all()]  # type: ignore[assignment]
    form = Person(request.POST or None, initial=given)
    if form.is_valid():
        with refusals_in(form):
            change_user(user, actor=request.actor, **form.cleaned_data)
            messages.success(request, gettext("{name} is saved.").format(name=user.name))
            return redirect("accounts:people")
    context = {"form": form, "user": user, "here": "people"}
    return render(request, "accounts/user.html", context, status=422 if form.errors else 200)


@require_POST
def user_invite(request: SignedIn, user_id: int) -> HttpResponse:
    """Make a new invitation and show its link, this once."""
    return _invited(request, user_id)


def _invited(request: SignedIn, user_id: int) -> HttpResponse:
    user = user_with_id(user_id)
    secret = invite(user, actor=request.actor)
    address = public_address(request.build_absolute_uri("/")) + f"invitations/{secret}/"
    context = {"user": user, "address": address, "here": "people"}
    frame = "accounts/_invited.html" if is_fragment(request) else "accounts/invited.html"
    answer = render(request, frame, context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def user_deactivate(request: SignedIn, user_id: int) -> HttpResponse:
    """Ask who gets what a user owns, then deactivate them (C111)."""
    require_right(request.actor, "users.manage")
    user = user_with_id(user_id)
    form = HandOver(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        with refusals_in(form):
            chosen = form.cleaned_data["hand_over_to"]
            heir = user_with_email(chosen) if chosen else None
            deactivate_user(user, hand_over_to=heir, actor=request.actor)
            messages.success(request, gettext("{name} is no longer active.").format(name=user.name))
            return _done(request, "accounts:people")
    title = gettext("Deactivate {name}").format(name=user)
    return _asked(request, form, "accounts/_hand_over.html", title=title, is_deletion=True)


@require_POST
def user_activate(request: SignedIn, user_id: int) -> HttpResponse:
    """Let a user in again."""
    user = change_user(user_with_id(user_id), actor=request.actor, is_active=True)
    messages.success(request, gettext("{name} is active again.").format(name=user.name))
    return redirect("accounts:people")


def team_new(request: SignedIn) -> HttpResponse:
    """Add a team."""
    require_right(request.actor, "users.manage")
    form = TeamForm(request.POST or None)
    if form.is_valid():
        with refusals_in(form):
            facts = dict(form.cleaned_data)
            facts["name"] = facts["name"] or name_from(facts["label"], [t.name for t in teams()])
            add_team(**facts, actor=request.actor)
            return redirect("accounts:people")
    context = {"form": form, "here": "people"}
    return render(request, "accounts/team.html", context, status=422 if form.errors else 200)


def team_page(request: SignedIn, name: str) -> HttpResponse:
    """Show and change one team."""
    require_right(request.actor, "users.manage")
    team = team_at(name)
    given = {"label": team.label, "members": [user.email for user in team.members.all()]}
    form = TeamForm(request.POST or None, initial=given, is_new=False)
    if form.is_valid():
        with refusals_in(form):
            change_team(team, actor=request.actor, **form.cleaned_data)
            return redirect("accounts:people")
    context = {"form": form, "team": team, "here": "people"}
    return render(request, "accounts/team.html", context, status=422 if form.errors else 200)


@require_POST
def team_delete(request: SignedIn, name: str) -> HttpResponse:
    """Delete a team."""
    delete_team(team_at(name), actor=request.actor)
    return redirect("accounts:people")
