"""What one should look at before a source is read, each with the click that settles it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from tresse.accounts.answers import said
from tresse.kernel.errors import Refusal, sentence
from tresse.sources.definition import SourceDefinition
from tresse.sources.detection import Detected, key_not_normalised, open_questions
from tresse.sources.models import Source
from tresse.sources.proposals import Proposal
from tresse.sources.queries import new_columns
from tresse.sources.refusals import KEY_NOT_NORMALISED, OVERLAP_NONE
from tresse.sources.refused import open_refused
from tresse.sources.rules.spacing import EmptyToNull
from tresse.web.templatetags.numbers import number

MOST_NAMES = 8


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence in a tone (`info warn bad`), with buttons that post `fields` and `act`."""

    tone: str
    text: str
    action: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()


def notes_of(
    source: Source, definition: SourceDefinition, detected: Detected | None, address: str
) -> list[Note]:
    """Notes for the page of columns.

    Args:
        source: The source.
        definition: As it is saved.
        detected: What was proposed, of a source that nobody has reviewed.
        address: Of the source's page, with a slash at its end.
    """
    resolved = definition.resolved(
        detected.columns if detected else tuple(definition.columns or ())
    )
    found = [*_later(source, resolved, address), *_again(source)]
    if detected:
        found += [*_orders(resolved, detected, definition), *_unread(detected)]
        found += _nulls(resolved, detected, address)
    found += _keys(resolved, detected.proposals if detected else (), address)
    return found + _overlap(definition)


def refused_notes(source: Source, address: str, *, is_live: bool) -> Iterable[Note]:
    """Files that were refused and wait; while a run goes on there is no button (S88, S91)."""
    files = list(open_refused(source.pk).order_by("-pk"))
    if not files:
        return
    text = ngettext(
        "A file was refused, and nothing of it has entered: {names}. {reason}",
        "{n} files were refused, and nothing of them has entered: {names}. The last one: {reason}",
        len(files),
    )
    last = files[0]
    why = said(last.message, last.details) if last.message else last.code
    names = _names([each.path for each in files])
    yield Note(
        "warn",
        text.format(n=number(len(files)), names=names, reason=why),
        f"{address}run/",
        (("refused", "1"),),
        () if is_live else (("again", gettext("Read them again")),),
    )


def _said(refusal: Refusal, **details: object) -> str:
    return sentence(gettext(refusal.sentence), details)


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + (" …" if len(names) > MOST_NAMES else "")


def _later(source: Source, resolved: SourceDefinition, address: str) -> Iterable[Note]:
    """Columns that the source has since it was defined (S51)."""
    names = new_columns(source, [column.name for column in resolved.columns or ()])
    if names:
        text = ngettext(
            "A column is new at the source: {names}.",
            "{n} columns are new at the source: {names}.",
            len(names),
        )
        yield Note(
            "info",
            text.format(n=number(len(names)), names=_names(names)),
            f"{address}columns/new/",
            tuple(("name", name) for name in names),
            (("take", gettext("Read them too")), ("pass", gettext("Do not offer them again"))),
        )


def _again(source: Source) -> Iterable[Note]:
    if source.needs_full and source.version_id is not None:
        yield Note("info", gettext("It was changed: the next run reads everything again."))


def _orders(
    resolved: SourceDefinition, detected: Detected, definition: SourceDefinition
) -> Iterable[Note]:
    """Dates of which nobody can tell which number is the day (S54)."""
    asked = [
        each.column.name
        for each in detected.proposals
        if each.asks_date_order and definition.columns is None
    ] or [each.column.name for each in open_questions(resolved, detected.proposals)]
    if asked:
        text = ngettext(
            "{names} can be read day first and month first: say which, beside its type.",
            "{names} can be read day first and month first: say which, beside their types.",
            len(asked),
        )
        yield Note("warn", text.format(names=_names(asked)))


def _unread(detected: Detected) -> Iterable[Note]:
    if detected.unreadable:
        text = ngettext(
            "{names} is of a type that cannot be read; it is left out.",
            "{names} are of types that cannot be read; they are left out.",
            len(detected.unreadable),
        )
        yield Note("info", text.format(names=_names(detected.unreadable)))
    if detected.rejected:
        text = ngettext(
            "{n} line cannot be read as a row. It will be among the rejected rows.",
            "{n} lines cannot be read as rows. They will be among the rejected rows.",
            detected.rejected,
        )
        yield Note("info", text.format(n=number(detected.rejected)))


def _nulls(resolved: SourceDefinition, detected: Detected, address: str) -> Iterable[Note]:
    """Words that likely mean nothing (S55)."""
    rules = {column.name: {use.name for use in column.rules} for column in resolved.columns or ()}
    found = [
        each
        for each in detected.proposals
        if each.null_words and EmptyToNull.name not in rules.get(each.column.name, ())
    ]
    for each in found:
        words = ", ".join(f"“{word}” ({number(n)})" for word, n in each.null_words.items())
        text = gettext("{column} holds words that may mean nothing: {words}.")
        yield Note(
            "info",
            text.format(column=each.column.name, words=words),
            f"{address}columns/rules/",
            (("name", each.column.name), ("rule", EmptyToNull.name)),
            (("add", gettext("Read them as empty")),),
        )


def _keys(resolved: SourceDefinition, found: Sequence[Proposal], address: str) -> Iterable[Note]:
    """Keys that hold e-mails or phones as they were typed (S61)."""
    known = found or [Proposal(column, 0, 0) for column in resolved.columns or ()]
    for name, rule in key_not_normalised(resolved, known):
        text = _said(KEY_NOT_NORMALISED, column=name, semantic=rule, rule=rule)
        label = gettext("Add the rule")
        fields = (("name", name), ("rule", rule))
        yield Note("warn", text, f"{address}columns/rules/", fields, (("add", label),))


def _overlap(definition: SourceDefinition) -> list[Note]:
    """A cursor of dates without an overlap (S76)."""
    extract = definition.extract
    types = {column.name: column.type for column in definition.columns or ()}
    is_none = extract.overlap is not None and not extract.overlap
    if extract.cursor and is_none and types.get(extract.cursor) != "integer":
        return [Note("warn", _said(OVERLAP_NONE, name=definition.name))]
    return []
