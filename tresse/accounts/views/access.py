"""API tokens, the audit log and the settings of the account."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.changes import add_token, change_settings, revoke_token
from tresse.accounts.forms import AccountForm, TokenForm, refusals_in
from tresse.accounts.paging import page_of
from tresse.accounts.permission import require_right
from tresse.accounts.queries import (
    account,
    audit_entries,
    token_with_id,
    tokens,
    user_with_id,
    users,
)
from tresse.accounts.requests import SignedIn

ENTRIES = 50


def tokens_page(request: SignedIn) -> HttpResponse:
    """Show tokens; make one, whose secret this answer shows once."""
    actor = request.actor
    form = TokenForm(request.POST or None)
    secret = ""
    if form.is_valid():
        given = form.cleaned_data
        names = [name.strip() for name in given.pop("objects").split(",") if name.strip()]
        with refusals_in(form):
            user = user_with_id(actor.user_id or 0)
            _token, secret = add_token(user, **given, objects=names or None, actor=actor)
            form = TokenForm()
    found = tokens() if actor.has("tokens.others") else tokens(actor.user_id or 0)
    context = {"form": form, "secret": secret, "tokens": found[:500], "here": "tokens"}
    answer = render(request, "accounts/tokens.html", context, status=422 if form.errors else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
def token_revoke(request: SignedIn, token_id: int) -> HttpResponse:
    """End a token."""
    token = revoke_token(token_with_id(token_id, request.actor), actor=request.actor)
    messages.success(request, gettext("{name} is revoked.").format(name=token.name))
    return redirect("accounts:tokens")


def audit_page(request: SignedIn) -> HttpResponse:
    """The audit log, the latest first."""
    require_right(request.actor, "audit.read")
    user, action = request.GET.get("user", ""), request.GET.get("action", "").strip()
    found = audit_entries(user_id=int(user) if user.isdecimal() else None, action=action)
    entries, following = page_of(found, cursor=request.GET.get("cursor"), limit=ENTRIES)
    context = {
        "entries": entries,
        "next": following,
        "users": users(),
        "user": user,
        "action": action,
        "here": "audit",
    }
    return render(request, "accounts/audit.html", context)


def account_page(request: SignedIn) -> HttpResponse:
    """Show and change the settings of the account."""
    require_right(request.actor, "settings.manage")
    form = AccountForm(request.POST or None, initial=dict(account().values))
    if form.is_valid():
        with refusals_in(form):
            change_settings(form.cleaned_data, actor=request.actor)
            messages.success(request, gettext("The settings are saved."))
            return redirect("accounts:account")
    context = {"form": form, "here": "account"}
    return render(request, "accounts/account.html", context, status=422 if form.errors else 200)
