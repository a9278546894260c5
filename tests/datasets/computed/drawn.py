"""Datasets as the graph knows them, and a score that needs no build."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tresse.datasets.computed.graph import Known
from tresse.datasets.parsing import parsed
from tresse.datasets.scores.base import MONEY, Need, Output, Score, Setting
from tresse.datasets.scores.registry import SCORES
from tresse.kernel.errors import Refusal, TresseError

CONTACT = {"name": "contact", "to": "contacts", "inverse": "orders"}
ORDER = {"name": "order", "to": "orders", "inverse": "items"}
PRODUCT = {"name": "product", "to": "products"}
TYPES: Mapping[str, Mapping[str, str]] = {
    "contacts": {"email": "text", "created_at": "datetime", "points": "integer"},
    "orders": {
        "order_id": "text",
        "ordered_at": "datetime",
        "net_amount": "decimal",
        "weight": "number",
        "channel": "text",
        "status": "text",
        "paid": "boolean",
        "tags": "list",
    },
    "order_items": {"quantity": "integer", "line_amount": "decimal"},
    "products": {"category": "text", "price": "decimal"},
}
RELATIONS: Mapping[str, list[dict[str, str]]] = {
    "orders": [CONTACT],
    "order_items": [ORDER, PRODUCT],
}
ORDER_OF_TWO = Refusal("thresholds_order", 422, "{low} is not below {high}.")


class Spent(Score):
    """A score over orders with a setting of each kind."""

    name, label, group = "spent", "Spent", "value"
    formula = told = ""
    needs = (Need("orders", ("ordered_at",), ("net_amount", "amount")),)
    outputs: tuple[Output, ...] = (
        Output("spent", "decimal", "Spent", unit=MONEY),
        Output("spent_label", "text", "Label"),
    )
    settings: tuple[Setting, ...] = (
        Setting("bins", "whole", "Bins", 5, 2, 10),
        Setting("margin", "number", "Margin", 1, 0),
        Setting("weight", "share", "Weight", 0.5),
        Setting("mode", "choice", "Mode", "ours", choices=(("ours", "Ours"), ("parity", "Parity"))),
        Setting("rounded", "flag", "Rounded", False),
        Setting("words", "words", "Words", ()),
        Setting("window", "window", "Window", "all"),
        Setting("steps", "money_list", "Steps", [10, 20]),
        Setting("cells", "table", "Cells"),
    )

    def check(self, settings: Any) -> None:
        low, high = settings["steps"]
        if low >= high:
            raise ORDER_OF_TWO(low=low, high=high)

    def values(self, *asked: Any) -> Any:  # noqa: ARG002  nothing is built with it
        raise AssertionError


class Marks(Spent):
    """One that looks at the person alone, and at no clock."""

    name, has_time = "marks", False
    needs = (Need("contacts", ("loyalty_points",)),)
    outputs: tuple[Output, ...] = (Output("marks", "integer", "Marks"),)
    settings: tuple[Setting, ...] = ()

    def check(self, settings: Any) -> None:
        pass


@contextmanager
def library() -> Iterator[None]:
    """The score library with these members beside its own."""
    before = dict(SCORES._things)
    SCORES.extend((Spent(), Marks()))
    yield
    SCORES._things.clear()
    SCORES._things.update(before)


def known(**said: Mapping[str, Any]) -> dict[str, Known]:
    """Contacts, orders, lines and products, with these further keys of their definitions."""
    found = {}
    for name, types in TYPES.items():
        item = {"name": name, "relations": RELATIONS.get(name, []), **said.get(name, {})}
        definition = parsed(item)
        leads = {f"{each.name}_id": "text" for each in definition.relations}
        semantics = {each: each for each in types if each not in ("points", "weight", "tags")}
        found[name] = Known(definition, {**types, **leads}, semantics)
    return found


def refused(error: TresseError) -> tuple[str, str]:
    """Code and sentence."""
    return error.code, error.message
