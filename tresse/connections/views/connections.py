"""Pages of connections: the list, a new one, one with its check (S20 to S23, S120)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from tresse.accounts.answers import message, said
from tresse.accounts.models import User
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.connections import queries
from tresse.connections.actions import ACTIONS
from tresse.connections.changes import (
    accept_host_key,
    add_connection,
    change_connection,
    check_connection,
    check_writing,
    enable_connection,
    remove_connection,
)
from tresse.connections.facts import sentence_of
from tresse.connections.fields import with_defaults
from tresse.connections.forms.connections import ConnectionForm, field_named, initial_of
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Kind, Seen, TableSeen
from tresse.connections.kinds.ssh import host_key
from tresse.connections.models import Connection
from tresse.connections.refusals import HOST_KEY_CHANGED
from tresse.connections.shown import (
    READS,
    WRITES,
    kind_groups,
    shown_connection,
    state_of,
    where_of,
    words_of,
)
from tresse.connections.uses import uses_of
from tresse.kernel.errors import UNKNOWN_NAME, TresseError

MANAGE = "connections.manage"
NAMED = ("wrong_value", "setting_missing", "unknown_key", "secret_reserved")
"Refusals whose `name` is that of a setting or secret."
NAME_CODES = ("name_taken", "invalid_name", "reserved_name")


@require_safe
def connection_list(request: SignedIn) -> HttpResponse:
    """All connections, with what the last check said and how many sources use each."""
    rows = queries.connections(request.actor)
    context = {
        "connections": [shown_connection(row) for row in rows],
        "may_manage": request.actor.has(MANAGE),
    }
    return render(request, "connections/connections.html", context)


@require_safe
def connection_kinds(request: SignedIn) -> HttpResponse:
    """What can be connected."""
    require_right(request.actor, MANAGE)
    context = {"groups": kind_groups(), "next": _next(request)}
    return render(request, "connections/new.html", context)


def connection_new(request: SignedIn, kind: str) -> HttpResponse:
    """Name, settings and secrets; what is kept is tried at once."""
    require_right(request.actor, MANAGE)
    sort = _kind(kind)
    form = ConnectionForm(request.POST or None, kind=sort, initial=_offered(sort))
    if form.is_valid():
        try:
            row = add_connection(
                name=form.cleaned_data["name"],
                kind=sort.name,
                settings=form.settings(),
                secrets=form.secrets(),
                actor=request.actor,
            )
        except TresseError as error:
            _tell(form, sort, error)
        else:
            return _gone_on(request, row)
    context = {"form": form, "label": gettext(sort.label), "next": _next(request)}
    status = 422 if form.errors else 200
    return _private(request, "connection_new.html", context, status=status)


def _gone_on(request: SignedIn, row: Connection) -> HttpResponse:
    """To where the person came from, if the connection works; else to its page, which says why."""
    seen = check_connection(row, actor=request.actor)
    if seen.ok and (there := _next(request)):
        return redirect(f"{there}{row.name}/")
    return redirect("connections:connection", row.name)


def connection_page(request: SignedIn, name: str) -> HttpResponse:
    """One connection: its state, its settings, who uses it; a change is tried at once."""
    row = queries.connection_named(name, request.actor)
    if request.method == "POST":
        require_right(request.actor, MANAGE)
    form = _form(request, row, request.POST or None)
    if form is not None and form.is_valid():
        try:
            row = change_connection(
                row, settings=form.settings(), secrets=form.secrets(), actor=request.actor
            )
        except TresseError as error:
            if error.code == "not_permitted":
                raise
            _tell(form, KINDS[row.kind], error)
        else:
            if row.is_enabled:
                check_connection(row, actor=request.actor)
            return redirect("connections:connection", row.name)
    return _page(request, row, form)


def _form(request: SignedIn, row: Connection, posted: Any = None) -> ConnectionForm | None:
    if row.is_builtin or not request.actor.has(MANAGE):
        return None
    kind = KINDS[row.kind]
    initial = initial_of(with_defaults(kind, row.settings))
    return ConnectionForm(posted, kind=kind, kept=row.secrets, initial=initial)


def _page(
    request: SignedIn, row: Connection, form: ConnectionForm | None, seen: Seen | None = None
) -> HttpResponse:
    kind = KINDS[row.kind]
    state, tone = state_of(row)
    owner = User.objects.filter(pk=row.owner_id or 0).first()
    context = {
        **_answer(request, row, seen),
        "form": form if form and form.fields else None,
        "label": gettext(kind.label),
        "state": state,
        "tone": tone,
        "where": where_of(row),
        "reads": words_of(kind.reads, READS),
        "writes": words_of(kind.writes, WRITES),
        "owner": owner,
        "users": uses_of(row),
        "links": [link for each in ACTIONS for link in each.links(row, request.actor)],
    }
    status = 422 if form and form.errors else 200
    return _private(request, "connection.html", context, status=status)


@require_POST
def connection_check(request: SignedIn, name: str) -> HttpResponse:
    """Connect now, and show what is seen (S20)."""
    row = queries.connection_named(name, request.actor)
    return _seen(request, row, check_connection(row, actor=request.actor))


@require_POST
def connection_check_writing(request: SignedIn, name: str) -> HttpResponse:
    """Make and remove one table or file there (S21)."""
    row = queries.connection_named(name, request.actor)
    return _seen(request, row, check_writing(row, actor=request.actor))


def _seen(request: SignedIn, row: Connection, seen: Seen) -> HttpResponse:
    if is_fragment(request):
        state, tone = state_of(row)
        context = {**_answer(request, row, seen), "state": state, "tone": tone, "is_update": True}
        return _private(request, "_answer.html", context, status=200)
    return _page(request, row, _form(request, row), seen)


@require_POST
def connection_host_key(request: SignedIn, name: str) -> HttpResponse:
    """Accept the key that the server showed, if it is the one the person looked at (S23)."""
    row = queries.connection_named(name, request.actor)
    if request.POST.get("key") == row.offered_key:
        row = accept_host_key(row, actor=request.actor)
        check_connection(row, actor=request.actor)
    else:
        messages.error(request, gettext("The server shows another key by now. Look at it again."))
    return redirect("connections:connection", row.name)


@require_POST
def connection_switch(request: SignedIn, name: str, act: str) -> HttpResponse:
    """Switch on or off (S7)."""
    row = queries.connection_named(name, request.actor)
    enable_connection(row, enabled=act == "enable", actor=request.actor)
    return redirect("connections:connection", row.name)


def connection_remove(request: SignedIn, name: str) -> HttpResponse:
    """Remove a connection; GET asks first."""
    row = queries.connection_named(name, request.actor)
    if request.method == "POST":
        remove_connection(row, actor=request.actor)
        said_ = gettext("The connection {name} is removed.").format(name=row.name)
        messages.success(request, said_)
        return redirect("connections:connections")
    require_right(request.actor, MANAGE)
    context = {"row": row, "address": address_of(row), "users": uses_of(row)}
    template = "_remove.html" if is_fragment(request) else "remove.html"
    return _private(request, template, context, status=200)


def address_of(row: Connection) -> str:
    """The page of a connection."""
    return f"/connections/{row.name}/"


def _answer(request: SignedIn, row: Connection, seen: Seen | None) -> dict[str, Any]:
    """What the last check said, or the one just made."""
    kind = KINDS[row.kind]
    code, sentence, key, is_good = row.code, sentence_of(row), row.offered_key, row.is_good
    warnings: list[str] = []
    tables: tuple[TableSeen, ...] = ()
    if seen is not None:
        code, key, tables, is_good = seen.code, seen.host_key, seen.tables, seen.ok
        sentence = said(seen.message.template, seen.message.details)
        warnings = [said(each.template, each.details) for each in seen.warnings]
    if not sentence:
        sentence = (
            gettext("It is a part of this installation.")
            if row.is_builtin
            else gettext("It was not tried yet.")
        )
    tone = "warn" if warnings or key else {True: "ok", False: "bad", None: ""}[is_good]
    return {
        "row": row,
        "kind": kind,
        "address": address_of(row),
        "answer_tone": tone,
        "sentence": sentence,
        "code": code,
        "warnings": warnings,
        "tables": tables,
        "checked_at": row.checked_at,
        "host_key": key,
        "host_key_words": _key_words(code),
        "fingerprint": fingerprint_of(key),
        "may_manage": request.actor.has(MANAGE),
    }


def _key_words(code: str) -> str:
    if code == HOST_KEY_CHANGED.code:
        return gettext(
            "This is the key it shows now. Accept it only if somebody there tells you that the "
            "key was changed."
        )
    return gettext("This is its key. Compare it with what the people of that server tell you.")


def fingerprint_of(key: str) -> str:
    """The fingerprint of a host key as `ssh` shows it: `SHA256:…`; the key itself if it is none."""
    found = host_key(key)
    return found.fingerprint if found else key


def _kind(name: str) -> Kind:
    kind = KINDS[name]
    if kind.is_builtin:
        raise UNKNOWN_NAME(sort=gettext("connection kind"), name=name)
    return kind


def _offered(kind: Kind) -> dict[str, Any]:
    return initial_of(with_defaults(kind, {}))


def _tell(form: ConnectionForm, kind: Kind, error: TresseError) -> None:
    """Show a refusal beside its field where it has one."""
    name = "name" if error.code in NAME_CODES else ""
    if error.code in NAMED:
        name = field_named(kind, str(error.details.get("name", "")))
    form.add_error(name if name in form.fields else None, message(error))


def _next(request: SignedIn) -> str:
    """Where the person goes on once the connection stands; only within the product."""
    there = request.POST.get("next") or request.GET.get("next", "")
    if there.endswith("/") and url_has_allowed_host_and_scheme(there, allowed_hosts=None):
        return there
    return ""


def _private(
    request: SignedIn, template: str, context: dict[str, Any], *, status: int
) -> HttpResponse:
    answer = render(request, f"connections/{template}", context, status=status)
    # A typed secret must not stay in a cache.
    answer.headers["Cache-Control"] = "no-store"
    return answer
