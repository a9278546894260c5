"""The datasets that are there from the start, and the sources that feed them (D1, D1a)."""

from collections.abc import Mapping
from typing import Any

from tresse.connections.installation import described
from tresse.datasets.models import Dataset
from tresse.kernel.errors import TresseError
from tresse.sources.columns import Column
from tresse.sources.parsing import RESERVED_COLUMNS
from tresse.sources.semantics import field_named

CONNECTION = "crm"
CONTACTS: Mapping[str, Any] = {
    "name": "contacts",
    "entity": "contacts",
    "identity": {"keys": [["email"], ["phone"]]},
}
DATASETS: tuple[Mapping[str, Any], ...] = (
    CONTACTS,
    {"name": "products", "entity": "products"},
    {
        "name": "orders",
        "entity": "orders",
        "relations": [{"name": "contact", "to": "contacts", "inverse": "orders"}],
    },
    {
        "name": "order_items",
        "entity": "order_items",
        "relations": [
            {"name": "order", "to": "orders", "inverse": "items"},
            {"name": "product", "to": "products", "inverse": "order_items"},
        ],
    },
)
"As files would have them."
SOURCES: Mapping[str, tuple[str, str]] = {
    "crm_contacts": ("contacts", "contact"),
    "crm_products": ("products", "product"),
    "crm_orders": ("orders", "order"),
    "crm_order_items": ("order_items", "order_line"),
}
"Name of a source to its entity and the object type that it reads."
FIELDS: Mapping[str, Mapping[str, str]] = {
    "contacts": {"id": "record_id", "birthday": "birth_date", "created_source": ""},
    "products": {
        "id": "",
        "external_id": "product_id",
        "image_url": "image",
        "product_url": "url",
        "is_active": "active",
    },
    "orders": {"id": "", "external_id": "", "coupon_codes": "coupon"},
    "order_items": {"id": "", "external_id": "line_id", "title": "name", "amount": "line_amount"},
}
"By entity: what properties hold whose names say something else, or nothing."
LEADS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "crm_orders": (("order_contact", "crm_contacts"),),
    "crm_order_items": (
        ("order_line_order", "crm_orders"),
        ("order_line_product", "crm_products"),
    ),
}
"Relations of the CRM, as columns of its tables, and the source each leads to."


def crm_source(name: str) -> tuple[dict[str, Any], list[Column]]:
    """The definition of a source over records of this installation, and its columns (D1a).

    Every property is a column, with the semantic field that its name tells; changes are read by
    the journal (S96).

    Raises:
        TresseError: `table_missing`: the object type is archived.
    """
    entity, table = SOURCES[name]
    own = FIELDS[entity]
    columns = [
        Column(
            name=each.name,
            type=each.proposed,
            semantic=own.get(each.name, field_named(each.name, entity)),
        )
        for each in described(table, (), CONNECTION)
        if each.name not in RESERVED_COLUMNS
    ]
    names = {column.name for column in columns}
    leads = [(column, to) for column, to in LEADS.get(name, ()) if column in names]
    item = {
        "name": name,
        "connection": CONNECTION,
        "read": {"table": table},
        "entity": entity,
        "record_key": ["id"],
        "relations": [{"columns": [column], "to": to, "key": ["id"]} for column, to in leads],
        "created_at": "created_at",
        "modified_at": "updated_at",
        "extract": {"mode": "incremental", "cursor": "_sequence"},
    }
    return {key: value for key, value in item.items() if value}, _each_field_once(columns)


def wanted_sources(dataset: Dataset) -> list[str]:
    """Sources over the CRM that feed a dataset: of one from the start, or those that it names."""
    named = [each["source"] for each in dataset.definition.get("sources", ())]
    if named or not dataset.is_builtin:
        return [name for name in named if name in SOURCES]
    return [name for name, (entity, _) in SOURCES.items() if entity == dataset.entity]


def is_there(name: str) -> bool:
    """Whether the object type of a source over the CRM can be read."""
    try:
        described(SOURCES[name][1], (), CONNECTION)
    except TresseError:  # archived
        return False
    return True


def _each_field_once(columns: list[Column]) -> list[Column]:
    """The first column of a field holds it: properties of one's own may be called alike."""
    held: set[str] = set()
    found = []
    for column in columns:
        semantic = "" if column.semantic in held else column.semantic
        held.add(semantic)
        found.append(Column(name=column.name, type=column.type, semantic=semantic))
    return found
