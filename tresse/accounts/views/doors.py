"""Signing in and out, and the link of an invitation: pages for people we do not know yet."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tresse.accounts.changes import accept_invitation
from tresse.accounts.forms import Accept, SignIn, refusals_in
from tresse.accounts.queries import invitation_given
from tresse.accounts.requests import SignedIn
from tresse.accounts.signing import open_session, sign_in, sign_out


def own_address(request: HttpRequest, address: str | None) -> str:
    """The address if it is one of ours, else the first page."""
    hosts = {request.get_host()}
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts=hosts, require_https=request.is_secure()
    )
    return address if address and ours else "/"


@never_cache
@sensitive_post_parameters("password")
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """Ask for e-mail and password, then go on to where the person wanted to go."""
    wanted = own_address(request, request.POST.get("next") or request.GET.get("next"))
    form = SignIn(request.POST or None)
    if form.is_valid():
        with refusals_in(form):
            sign_in(request, **form.cleaned_data)
            return redirect(wanted)
    context = {"form": form, "next": wanted}
    return render(request, "accounts/sign_in.html", context, status=422 if form.errors else 200)


@require_POST
def sign_out_page(request: SignedIn) -> HttpResponse:
    """Close the session."""
    sign_out(request, actor=request.actor)
    return redirect("/sign-in/")


@never_cache
@sensitive_post_parameters("password")
def invitation_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Let an invited person choose a name and a password."""
    user = invitation_given(secret).user
    form = Accept(request.POST or None, initial={"name": user.name})
    if form.is_valid():
        with refusals_in(form):
            open_session(request, accept_invitation(secret, **form.cleaned_data))
            return redirect("/")
    context = {"form": form, "user": user}
    return render(request, "accounts/invitation.html", context, status=422 if form.errors else 200)
