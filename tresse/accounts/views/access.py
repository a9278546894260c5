"""API tokens, the audit log and the settings of the account."""

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.changes import add_token, change_settings, revoke_token
from tresse.accounts.forms import AccountForm, AuditFilter, TokenForm, refusals_in
from tresse.accounts.paging import page_and_back
from tresse.accounts.permission import require_right
from tresse.accounts.queries import (
    account,
    audit_actions,
    audit_entries,
    token_with_id,
    tokens,
    user_with_id,
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
        names = given.pop("objects")
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
    """The audit log, the latest first, of a person, an action and a period (C115)."""
    require_right(request.actor, "audit.read")
    form = AuditFilter(request.GET, actions=audit_actions())
    found = audit_entries(**form.given(ZoneInfo(request.actor.zone)))
    cursor = request.GET.get("cursor")
    entries, previous, following = page_and_back(found, cursor=cursor, limit=ENTRIES)
    context = {
        "form": form,
        "entries": entries,
        "previous": previous,
        "next": following,
        "is_filtered": any(request.GET.get(name) for name in form.fields),
        "here": "audit",
    }
    return render(request, "accounts/audit.html", context)


def account_page(request: SignedIn) -> HttpResponse:
    """Show and change the settings of the account."""
    require_right(request.actor, "settings.manage")
    form = AccountForm(request.POST or None, initial=dict(account().values))
    if form.is_valid():
        with refusals_in(form):
            change_settings(form.given(), actor=request.actor)
            messages.success(request, gettext("The settings are saved."))
            return redirect("accounts:account")
    has_limit_errors = any(each.name in form.errors for each in form.limits)
    context = {"form": form, "has_limit_errors": has_limit_errors, "here": "account"}
    return render(request, "accounts/account.html", context, status=422 if form.errors else 200)
