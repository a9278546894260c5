"""An import made ready: its file opened, its columns understood; or refused (T79)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings

from tresse.accounts import queries as accounts
from tresse.accounts.actor import Actor
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.objects.kinds.forms import ColumnForm
from tresse.objects.kinds.reading import Reading as KindReading
from tresse.objects.labels import shown_plural
from tresse.objects.readings import people, reading_for
from tresse.transfers.files import FileForm, Reading, rows, sniff
from tresse.transfers.layout import Layout, layout_of
from tresse.transfers.mapping import ColumnAnswer
from tresse.transfers.mapping.columns import forms_of, property_of
from tresse.transfers.mapping.decided import decided
from tresse.transfers.mapping.recognise import recognise
from tresse.transfers.mapping.template import answers_of, forms_given, read_template
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
    return sniff(
        file_of(row.pk), name=row.file_name, language=actor.language, reading=Reading(**chosen)
    )


def understood(
    row: Import, form: FileForm, *, object: ObjectDef, model: DataModel, actor: Actor
) -> list[ColumnAnswer]:
    """What the columns mean so far: answers of people, then what the headers say."""
    template = read_template({"columns": row.mapping, "reading": row.reading})
    given = answers_of(template.columns, form.headers, object=object, model=model, actor=actor)
    return recognise(
        form.headers,
        titles=form.titles,
        object=object,
        model=model,
        actor=actor,
        given=given,
        sample=form.sample,
    )


def prepared(row: Import, *, actor: Actor) -> Prepared:
    """Open the file and understand all of its columns.

    Forms of dates and numbers are told by the whole file once and kept with the import.

    Raises:
        TresseError: A finding of level file or column.
    """
    model = data_model()
    object = model.object(row.object_name)
    settings = read_settings(row.settings)
    form = stored_form(row) if row.form else opened(row, actor)
    answers = decided(
        understood(row, form, object=object, model=model, actor=actor),
        object=object,
        unmapped=settings.unmapped,
    )
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
    row.form = asdict(form) | {"guessed": sorted(form.guessed)}
    row.column_forms = {str(position): asdict(each) for position, each in forms.items()}
    words = row.reading.get("empty_words") or []
    return Prepared(
        form, layout, _key_readings(layout, actor), frozenset(str(word).strip() for word in words)
    )


def stored_form(row: Import) -> FileForm:
    """How the file was found to be read when it was opened."""
    facts: dict[str, Any] = dict(row.form)
    facts |= {name: tuple(facts[name]) for name in ("headers", "titles")}
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
        rows(file_of(row.pk), form),
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
