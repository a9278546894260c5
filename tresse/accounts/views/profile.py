"""What a person sees and changes of themselves."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tresse.accounts.changes import change_password, change_user, end_session
from tresse.accounts.forms import NewPassword, Profile, refusals_in
from tresse.accounts.queries import handle_of, sessions_of, user_with_id
from tresse.accounts.requests import SignedIn
from tresse.accounts.views.doors import own_address


def profile_page(request: SignedIn) -> HttpResponse:
    """Show and change name, language, zone and theme."""
    user = user_with_id(request.actor.user_id or 0)
    names = Profile.base_fields
    form = Profile(request.POST or None, initial={name: getattr(user, name) for name in names})
    if form.is_valid():
        with refusals_in(form):
            change_user(user, actor=request.actor, **form.cleaned_data)
            messages.success(request, gettext("Your profile is saved."))
            return redirect("accounts:profile")
    return _shown(request, form, NewPassword())


@require_POST
@sensitive_post_parameters("old", "password")
def password_page(request: SignedIn) -> HttpResponse:
    """Change the password; the person's other sessions end."""
    user = user_with_id(request.actor.user_id or 0)
    form = NewPassword(request.POST)
    if form.is_valid():
        old, new = form.cleaned_data["old"], form.cleaned_data["password"]
        with refusals_in(form):
            keep = request.session.session_key or ""
            change_password(user, old=old, new=new, keep=keep, actor=request.actor)
            update_session_auth_hash(request, user)
            messages.success(request, gettext("Your password is changed."))
            return redirect("accounts:profile")
    names = Profile.base_fields
    return _shown(request, Profile(initial={name: getattr(user, name) for name in names}), form)


def _shown(request: SignedIn, form: Profile, password: NewPassword) -> HttpResponse:
    own = handle_of(request.session.session_key or "")
    sessions = [
        {"handle": handle_of(each.session_key), "session": each}
        for each in sessions_of(request.actor.user_id or 0)
    ]
    context = {"form": form, "password": password, "sessions": sessions, "own": own}
    status = 422 if form.errors or password.errors else 200
    return render(request, "accounts/profile.html", context | {"here": "profile"}, status=status)


@require_POST
def session_end(request: SignedIn, handle: str) -> HttpResponse:
    """End one of the person's sessions."""
    end_session(handle, actor=request.actor)
    messages.success(request, gettext("The session is ended."))
    return redirect("accounts:profile")


@require_POST
def theme(request: SignedIn) -> HttpResponse:
    """Keep the theme; a page that has changed by itself wants no answer."""
    user = user_with_id(request.actor.user_id or 0)
    change_user(user, actor=request.actor, theme=request.POST.get("theme", ""))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect(own_address(request, request.headers.get("Referer")))
