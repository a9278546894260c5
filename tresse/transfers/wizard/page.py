"""The state of a mapping page: the draft, its columns as they are answered, and what is open."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tresse.accounts.actor import Actor
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, ObjectDef
from tresse.transfers import changes, queries
from tresse.transfers.activities import acting, import_model
from tresse.transfers.changes.refused import refusal_of
from tresse.transfers.files import FileForm
from tresse.transfers.mapping import ColumnAnswer
from tresse.transfers.mapping.vocabulary import Vocabulary, vocabulary_of
from tresse.transfers.models import Import
from tresse.transfers.prepare import file_of, stored_form, understood
from tresse.transfers.profile import Profile, profile_of
from tresse.transfers.settings import Settings, read_settings
from tresse.transfers.wizard.choices import Group, groups_of
from tresse.transfers.wizard.shown import PLAIN, Shown, shown_columns


@dataclass(frozen=True)
class MapPage:
    """One import on its way to be mapped; read once per request, again after a change."""

    row: Import
    actor: Actor
    model: DataModel
    refusal: TresseError | None = None
    words: Vocabulary | None = None

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What headers mean; it stays the same whatever is answered."""
        return self.words or vocabulary_of(self.object, self.model, self.actor)

    @cached_property
    def object(self) -> ObjectDef:
        """What the rows are."""
        return self.model.object(self.row.object_name)

    @cached_property
    def form(self) -> FileForm:
        """How the file is read."""
        return stored_form(self.row)

    @cached_property
    def profile(self) -> Profile:
        """What its columns look like."""
        return profile_of(file_of(self.row.pk), self.form)

    @cached_property
    def settings(self) -> Settings:
        """Of the import."""
        return read_settings(self.row.settings)

    @cached_property
    def columns(self) -> list[ColumnAnswer]:
        """What each column means so far; an answer that means nothing any more is none."""
        row = self.row
        if self.broken:
            row = copy(row)
            row.mapping = {
                header: answer
                for header, answer in self.row.mapping.items()
                if header not in self.broken
            }
        return self._understood(row)

    @cached_property
    def broken(self) -> Mapping[str, TresseError]:
        """Answers that cannot be read, by header: what they name was archived or deleted since."""
        try:
            self._understood(self.row)
        except TresseError:
            return {
                header: error
                for header in self.row.mapping
                if (error := self._fault(header)) is not None
            }
        return {}

    def check_answer(self, header: str) -> None:
        """Refuse an answer that means nothing.

        Raises:
            TresseError: `unknown_property`, `association_type_not_found`, `name_taken` and so on.
        """
        if (error := self._fault(header)) is not None:
            raise error

    def _fault(self, header: str) -> TresseError | None:
        if header not in self.row.mapping:
            return None
        links = {
            each: answer
            for each, answer in self.row.mapping.items()
            if each == header or (isinstance(answer, Mapping) and "association" in answer)
        }
        row = copy(self.row)
        row.mapping = links if "association" not in links[header] else {header: links[header]}
        try:
            self._understood(row)
        except TresseError as error:
            return error
        return None

    def _understood(self, row: Import) -> list[ColumnAnswer]:
        return understood(
            row,
            self.form,
            object=self.object,
            model=self.model,
            actor=self.actor,
            known=self.vocabulary,
        )

    @cached_property
    def shown(self) -> list[Shown]:
        """Each column as the page shows it."""
        return shown_columns(
            self.columns,
            row=self.row,
            object=self.object,
            model=self.model,
            actor=self.actor,
            profile=self.profile,
            settings=self.settings,
            refusal=self.refusal,
            broken=self.broken,
        )

    @cached_property
    def groups(self) -> list[Group]:
        """Everything a column may be answered with."""
        return groups_of(self.columns, object=self.object, model=self.model, actor=self.actor)

    @property
    def open(self) -> list[Shown]:
        """Columns that hold up the check."""
        return [each for each in self.shown if each.is_open]

    @property
    def plain(self) -> list[Shown]:
        """Columns that “do not import the rest” answers (T19)."""
        return [each for each in self.shown if each.state in PLAIN]

    def changed(self, before: "MapPage") -> list[Shown]:
        """Columns that look otherwise than before."""
        return [each for each, was in zip(self.shown, before.shown, strict=True) if each != was]


def page_of(request: SignedIn, import_id: int, refusal: TresseError | None = None) -> MapPage:
    """The mapping page of an import that may still be changed; its file is opened if need be.

    Raises:
        TresseError: `unknown_name`, or a finding of level file.
    """
    row = queries.import_with_id(import_id, actor=request.actor)
    if not row.form:
        row = changes.read_import(row, actor=request.actor)
    model = import_model(row.object_name)
    actor = acting(request.actor, model.object(row.object_name), model)
    return MapPage(row, actor, model, refusal or refusal_of(row))


def after(page: MapPage, row: Import) -> MapPage:
    """The same page once the import was changed."""
    now = MapPage(row, page.actor, page.model, words=page.vocabulary)
    # How the file is read and what it looks like do not change with an answer.
    now.__dict__["profile"] = page.profile
    return now


def rest_of(shown: Sequence[Shown]) -> dict[str, Any]:
    """The answers of “do not import the rest”."""
    return {each.column.header: "ignore" for each in shown}
