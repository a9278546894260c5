"""Users, teams and roles, for those who manage users."""

from typing import Any

from django.contrib import messages
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
from tresse.accounts.requests import SignedIn


def people_page(request: SignedIn) -> HttpResponse:
    """Show users, teams and roles; add a user by invitation."""
    require_right(request.actor, "users.manage")
    form = Person(request.POST or None, initial={"role": "member"})
    if form.is_valid():
        with refusals_in(form):
            user = add_user(**form.cleaned_data, actor=request.actor)
            return _invited(request, user.pk)
    context: dict[str, Any] = {
        "form": form,
        "users": users(),
        "teams": teams(),
        "roles": roles(),
        "here": "people",
    }
    return render(request, "accounts/people.html", context, status=422 if form.errors else 200)


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
    context = {"form": form, "user": user, "handover": HandOver(user=user), "here": "people"}
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
    answer = render(request, "accounts/invited.html", context)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
def user_deactivate(request: SignedIn, user_id: int) -> HttpResponse:
    """Deactivate a user, and hand over what they own if someone is chosen."""
    user = user_with_id(user_id)
    chosen = request.POST.get("hand_over_to", "")
    heir = user_with_email(chosen) if chosen else None
    deactivate_user(user, hand_over_to=heir, actor=request.actor)
    messages.success(request, gettext("{name} is no longer active.").format(name=user.name))
    return redirect("accounts:people")


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
            add_team(**form.cleaned_data, actor=request.actor)
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
