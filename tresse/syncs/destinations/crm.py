"""The records of this installation as a destination (Y50)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.datasets.builds.tables import Tables
from tresse.engine.base import Engine
from tresse.kernel.definitions import check_keys
from tresse.kernel.errors import UNKNOWN_REFERENCE, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.objects.calculated import is_set_by_product
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side, data_model
from tresse.objects.labels import shown_label, shown_plural
from tresse.syncs.definition import SyncDefinition, link_field
from tresse.syncs.destinations.base import Counted, Destination, Field, LinkField, NewField
from tresse.syncs.destinations.crm_making import make_property
from tresse.syncs.destinations.crm_people import targets_of
from tresse.syncs.destinations.crm_sending import send

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Sending

SCALARS = ("text", "integer", "decimal", "number", "boolean", "date", "datetime")
TAKES: Mapping[str, tuple[str, ...]] = {
    "integer": ("integer",),
    "decimal": ("integer", "decimal", "number"),
    "money": ("integer", "decimal", "number"),
    "boolean": ("boolean",),
    "date": ("date",),
    "datetime": ("datetime", "date"),
    "options": ("list", "text"),
    "text": SCALARS,
    "long_text": (*SCALARS, "json", "list"),
    "rich_text": SCALARS,
}
"Types of S52 that a property kind takes; of kinds that are not here: text."
SEMANTIC: Mapping[str, tuple[str, ...]] = {
    "external_id": ("external_id", "customer_id", "record_id"),
    "mobile": ("mobile",),
    "phone": ("phone", "landline"),
    "birthday": ("birth_date",),
    "street": ("address_line1",),
    "postcode": ("postal_code",),
    "name": ("name", "company_name", "full_name"),
    "sku": ("sku", "product_id"),
    "image_url": ("image",),
    "product_url": ("url",),
    "is_active": ("active",),
    "amount": ("amount", "line_amount"),
    "order_number": ("order_id",),
    "tax_id": ("vat_number", "registration_number"),
}
"Properties of the shipped model, and the fields of D20 that go there; others go by their name."
CONSENT = "_consent"
AN_OBJECT = N_("the name of an object type, as object: contact")


class Crm(Destination):
    """Object types of the CRM. Rows are told apart by `_id`; records are found by members."""

    name = "crm"
    label = N_("CRM")
    icon = "users"
    needs_key = False

    def target(self, to: Mapping[str, Any]) -> str:
        """The object type."""
        check_keys(to, ("connection", "object"), N_("where the rows go"))
        name = to.get("object")
        if not isinstance(name, str) or not name:
            raise WRONG_VALUE(name="to.object", wanted=AN_OBJECT, value=name)
        return self._object(data_model(), name).name

    def target_label(self, target: str) -> str:
        """Plural of the object type."""
        model = data_model()
        known = next((each for each in model.objects if each.name == target), None)
        return shown_plural(known) if known else target

    def fields(self, target: str) -> tuple[Field, ...]:
        """Properties that are there for others than the product to write."""
        object = self._object(data_model(), target)
        return tuple(_field(prop) for prop in object.active if is_written(prop))

    def make(self, target: str, new: NewField, actor: Actor) -> None:
        """A property; one for a computed column is read-only for people (D121)."""
        make_property(self._object(data_model(), target), new, actor)

    def links(self, target: str) -> tuple[LinkField, ...]:
        """Association types that are not archived, by their name."""
        model = data_model()
        found = [side for side in model.sides(target) if not side.association.is_archived]
        return tuple(
            LinkField(side.association.name, shown_label(side), side.other) for side in found
        )

    def linked(
        self, engine: Engine, tables: Tables, definition: SyncDefinition
    ) -> dict[str, sa.TableClause]:
        """Golden records of related datasets with their records of the CRM."""
        model, target = data_model(), self.target(definition.to)
        relations = {each.name: each for each in tables.plan.definition.relations}
        found = {}
        for at, link in enumerate(definition.links):
            other = model.object(side_of(model, target, link.type).other)
            dataset = relations[link.relation].to
            found[link_field(link.type)] = targets_of(engine, dataset, other, f"linked_{at}")
        return found

    def send(self, sending: "Sending") -> Counted:
        """Staged and planned by the engine of imports, then written in chunks."""
        return send(sending)

    @staticmethod
    def _object(model: DataModel, name: str) -> ObjectDef:
        known = {each.name: each for each in model.objects if not each.is_archived}
        if name not in known:
            near = nearest(name, known)
            raise UNKNOWN_REFERENCE(sort=N_("object type"), name=name, nearest=near)
        return known[name]


def is_written(prop: PropertyDef) -> bool:
    """Whether syncs write a property: those of people, and own ones that people only read."""
    return bool(prop.column) and not is_set_by_product(prop) and not prop.is_archived


def side_of(model: DataModel, target: str, type: str) -> Side:
    """The side of an association type that records of an object type are on."""
    return next(side for side in model.sides(target) if side.association.name == type)


def _field(prop: PropertyDef) -> Field:
    kind = prop.kind
    is_required = prop.is_required and not prop.default and kind.name not in ("stage", "pipeline")
    return Field(
        prop.name,
        shown_label(prop),
        kind.name,
        kind.label,
        TAKES.get(kind.name, ("text",)),
        is_required=is_required,
        is_key=prop.is_unique or prop.is_match_key,
        is_consent=prop.name.endswith(CONSENT),
        semantic=SEMANTIC.get(prop.name, (prop.name,)),
    )
