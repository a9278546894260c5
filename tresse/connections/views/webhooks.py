"""Pages of webhooks, among the settings."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.forms import refusals_in
from tresse.accounts.paging import page_and_back
from tresse.accounts.requests import SignedIn
from tresse.connections.changes import (
    add_webhook,
    change_webhook,
    delete_webhook,
    new_secret_for,
    retry,
    send_test,
)
from tresse.connections.forms.webhooks import WebhookForm, initial_of
from tresse.connections.models import Delivery, Webhook
from tresse.connections.queries import deliveries_of, webhook_named, webhooks
from tresse.objects.requests import model_of

A_PAGE = 25
FIELDS = {"bad_address": "url", "private_address": "url", "name_taken": "label"}
HERE = "connections:webhooks"


def webhook_index(request: SignedIn) -> HttpResponse:
    """All webhooks; make one, whose secret this answer shows once."""
    found = webhooks(request.actor)
    form = WebhookForm(request.POST or None, model=model_of(request))
    secret, made = "", None
    if form.is_valid():
        with refusals_in(form, FIELDS):
            made, secret = add_webhook(
                model=model_of(request), actor=request.actor, **form.cleaned_data
            )
            form = WebhookForm(model=model_of(request))
    context = {"form": form, "webhooks": found, "secret": secret, "made": made, "here": HERE}
    return _private(request, "webhooks.html", context, status=422 if form.errors else 200)


def webhook_page(request: SignedIn, name: str) -> HttpResponse:
    """One webhook: what it is told, its messages, what can be done."""
    row = webhook_named(name, request.actor)
    form = WebhookForm(request.POST or None, initial=initial_of(row), model=model_of(request))
    if form.is_valid():
        with refusals_in(form, FIELDS):
            change_webhook(row, model=model_of(request), actor=request.actor, **form.cleaned_data)
            messages.success(request, gettext("The webhook is saved."))
            return redirect("connections:webhook", name)
    return _shown(request, row, form)


def _shown(request: SignedIn, row: Webhook, form: WebhookForm, secret: str = "") -> HttpResponse:
    state = request.GET.get("state", "")
    found = deliveries_of(row, state=state if state in dict(Delivery.STATES) else "")
    deliveries, previous, following = page_and_back(
        found, cursor=request.GET.get("cursor"), limit=A_PAGE
    )
    context = {
        "row": row,
        "form": form,
        "secret": secret,
        "deliveries": deliveries,
        "previous": previous,
        "next": following,
        "state": state,
        "here": HERE,
    }
    return _private(request, "webhook.html", context, status=422 if form.errors else 200)


def _private(
    request: SignedIn, template: str, context: dict[str, object], *, status: int
) -> HttpResponse:
    answer = render(request, f"connections/{template}", context, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
def webhook_act(request: SignedIn, name: str, act: str) -> HttpResponse:
    """Pause, resume, test, send again, another secret, delete."""
    row, actor, model = webhook_named(name, request.actor), request.actor, model_of(request)
    if act == "secret":
        secret = new_secret_for(row, actor=actor)
        return _shown(request, row, WebhookForm(initial=initial_of(row), model=model), secret)
    if act == "delete":
        delete_webhook(row, actor=actor)
        messages.success(request, gettext("{label} is deleted.").format(label=row.label))
        return redirect("connections:webhooks")
    if act == "test":
        _say_test(request, send_test(row, actor=actor))
    elif act == "retry":
        number = retry(row, actor=actor)
        said = gettext("{number} messages are sent again.").format(number=number)
        messages.success(request, said)
    else:
        state = Webhook.PAUSED if act == "pause" else Webhook.ACTIVE
        change_webhook(row, model=model, actor=actor, state=state)
    return redirect("connections:webhook", name)


def _say_test(request: SignedIn, delivery: Delivery) -> None:
    if delivery.state == Delivery.DONE:
        said = gettext("It answered {status}: the webhook works.").format(status=delivery.status)
        messages.success(request, said)
        return
    shown = delivery.error or delivery.status
    messages.error(request, gettext("It did not work: {error}").format(error=shown))
