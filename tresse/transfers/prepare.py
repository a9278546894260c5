"""An import made ready: its file opened, its columns understood; or refused (T79)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings

from tresse.accounts import queries as accounts
from tresse.accounts.actor import Actor
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.kinds.forms import ColumnForm
from tresse.objects.kinds.reading import Reading as KindReading
from tresse.objects.labels import shown_plural
from tresse.objects.readings import people, reading_for
from tresse.transfers.activities import (
    acting,
    check_settings,
    import_model,
    is_activity,
    own_settings,
)
from tresse.transfers.files import FileForm, Reading, sniff, telling
from tresse.transfers.layout import Layout, layout_of
from tresse.transfers.limits import most_megabytes
from tresse.transfers.mapping import ColumnAnswer
from tresse.transfers.mapping.columns import forms_of, property_of
from tresse.transfers.mapping.decided import decided
from tresse.transfers.mapping.new_properties import check_makable, with_new
from tresse.transfers.mapping.recognise import recognise
from tresse.transfers.mapping.template import answers_of, forms_given, read_template
from tresse.transfers.mapping.vocabulary import Vocabulary, vocabulary_of
from tresse.transfers.models import Import
from tresse.transfers.refusals import NO_MATCH_KEY
from tresse.transfers.settings import Settings, read_settings

FILE = "file"
READING = ("encoding", "delimiter", "header", "sheet")


@dataclass(frozen=True)
class Prepared:
    """An import ready to be planned or run."""

    form: FileForm
    layout: Layout
    key_readings: Mapping[int, KindReading]
    empty_words: frozenset[str]


def folder_of(import_id: int) -> Path:
    """Where an import keeps its file and its stage."""
    return Path(django_settings.HOME) / "imports" / str(import_id)


def file_of(import_id: int) -> Path:
    """The file of an import."""
    return folder_of(import_id) / FILE


def opened(row: Import, actor: Actor) -> FileForm:
    """How the file of an import is read.

    Raises:
        TresseError: A finding of level file.
    """
    chosen = {name: row.reading[name] for name in READING if row.reading.get(name) is not None}
    if "header" in chosen:
        chosen["header"] = str(chosen["header"]).lower() not in ("no", "false", "0")
    reading = Reading(**chosen, most_bytes=most_megabytes() << 20)
    return sniff(file_of(row.pk), name=row.file_name, language=actor.language, reading=reading)


def understood(
    row: Import,
    form: FileForm,
    *,
    object: ObjectDef,
    model: DataModel,
    actor: Actor,
    known: Vocabulary | None = None,
) -> list[ColumnAnswer]:
    """What the columns mean so far: answers of people, then what the headers say."""
    known = known or vocabulary_of(object, model, actor)
    template = read_template({"columns": row.mapping, "reading": row.reading})
    given = answers_of(
        template.columns, form.headers, object=object, model=model, actor=actor, known=known
    )
    return recognise(
        form.headers,
        titles=form.titles,
        object=object,
        model=model,
        actor=actor,
        given=given,
        sample=form.sample,
        known=known,
    )


def answered(row: Import, *, actor: Actor) -> None:
    """Refuse what the headers of an opened file alone say, without reading its rows.

    Raises:
        TresseError: A finding of level column.
    """
    if not row.form:
        return
    model = import_model(row.object_name)
    object = model.object(row.object_name)
    actor = acting(actor, object, model)
    form = stored_form(row)
    answers = decided(
        understood(row, form, object=object, model=model, actor=actor),
        object=object,
        unmapped=read_settings(row.settings).unmapped,
    )
    check_makable(answers, object, model, actor)


def prepared(row: Import, *, actor: Actor) -> Prepared:
    """Open the file and understand all of its columns.

    Forms of dates and numbers are told by the whole file once and kept with the import.

    Raises:
        TresseError: A finding of level file or column.
    """
    model = import_model(row.object_name)
    object = model.object(row.object_name)
    actor = acting(actor, object, model)
    settings = own_settings(read_settings(row.settings), object)
    if is_activity(object):
        check_settings(settings, row.match, row.mapping)
    form = stored_form(row) if row.form else opened(row, actor)
    answers = decided(
        understood(row, form, object=object, model=model, actor=actor),
        object=object,
        unmapped=settings.unmapped,
    )
    check_makable(answers, object, model, actor)
    answers, object, model = with_new(answers, object, model)
    forms = _forms(row, form, answers, object, model=model)
    layout = layout_of(
        answers,
        model=model,
        object=object,
        settings=settings,
        match=row.match,
        readings=_readings(answers, forms, object=object, model=model, actor=actor),
    )
    _check_keys(layout, settings)
    row.form = form_kept(form)
    row.column_forms = {str(position): asdict(each) for position, each in forms.items()}
    words = row.reading.get("empty_words") or []
    return Prepared(
        form, layout, _key_readings(layout, actor), frozenset(str(word).strip() for word in words)
    )


def form_kept(form: FileForm) -> dict[str, Any]:
    """How a file is read, as the import's row keeps it."""
    return asdict(form) | {"guessed": sorted(form.guessed)}


def stored_form(row: Import) -> FileForm:
    """How the file was found to be read when it was opened."""
    facts: dict[str, Any] = dict(row.form)
    facts |= {name: tuple(facts[name]) for name in ("headers", "titles")}
    facts["sheets"] = tuple(facts.get("sheets", ()))
    facts["sample"] = tuple(tuple(each) for each in facts["sample"])
    facts["guessed"] = frozenset(facts["guessed"])
    return FileForm(**facts)


def _forms(
    row: Import,
    form: FileForm,
    answers: Sequence[ColumnAnswer],
    object: ObjectDef,
    *,
    model: DataModel,
) -> dict[int, ColumnForm]:
    if row.column_forms:
        return {int(place): ColumnForm(**each) for place, each in row.column_forms.items()}
    return forms_of(
        answers,
        partial(telling, file_of(row.pk), form),
        object=object,
        model=model,
        chosen=forms_given(row.reading, form.headers),
        zone=row.reading.get("zone"),
    )


def _readings(
    answers: Sequence[ColumnAnswer],
    forms: Mapping[int, ColumnForm],
    *,
    object: ObjectDef,
    model: DataModel,
    actor: Actor,
) -> dict[int, KindReading]:
    account, users = accounts.account(), people()
    found = {}
    for each in answers:
        prop = property_of(each, answers, object=object, model=model)
        if prop is None:
            continue
        home = object if object.has(prop.name) and object.property(prop.name) == prop else None
        if home is None:
            home = next(o for o in model.objects if any(p.id == prop.id for p in o.properties))
        found[each.position] = reading_for(
            prop,
            home,
            actor=actor,
            form=forms.get(each.position, ColumnForm()),
            account=account,
            users=users,
        )
    return found


def _key_readings(layout: Layout, actor: Actor) -> dict[int, KindReading]:
    """Readings of association columns whose key the person set, or that hold phones."""
    found = {}
    for relation in layout.relations:
        name = relation.key
        if name and name not in ("id", "title"):
            found[relation.position] = reading_for(
                relation.other.property(name), relation.other, actor=actor
            )
    return found


def _check_keys(layout: Layout, settings: Settings) -> None:
    needs_key = settings.mode == "update" or settings.links == "dissociate"
    if needs_key and not layout.has_key:
        raise NO_MATCH_KEY(objects=shown_plural(layout.object).lower())
