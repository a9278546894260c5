"""Association cells read: which records and link labels each row asks for (T42, T45, T48)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tresse.kernel.text import clean, normal
from tresse.objects.described import AssociationDef, Side
from tresse.objects.kinds.reading import Reading
from tresse.objects.labels import known_labels, shown_label
from tresse.records.refusals import ASSOCIATION_LABEL_NOT_FOUND
from tresse.transfers.findings import of_error
from tresse.transfers.layout import Layout, Relation
from tresse.transfers.mapping.keys import expected, read_keys, split
from tresse.transfers.refusals import INVALID_ASSOCIATION_KEY, LINK
from tresse.transfers.told import Told


@dataclass
class Asked:
    """Columns of the stage tables `asks` and `labels`; `faults`: relation → unreadable keys."""

    columns: dict[str, list[Any]] = field(
        default_factory=lambda: {
            name: []
            for name in ("line", "relation", "number", "how", "id_value", "text_value", "shown")
        }
    )
    labels: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in ("line", "relation", "association_id")}
    )
    hows: set[tuple[int, str]] = field(default_factory=set)
    faults: dict[int, int] = field(default_factory=dict)


def asked_of(
    layout: Layout,
    lines: Sequence[int],
    cells: Mapping[int, Sequence[str]],
    told: Told,
    *,
    readings: Mapping[int, Reading],
) -> Asked:
    """Read the association cells of a chunk, columns given by position, as in the file."""
    asked = Asked()
    if layout.settings.links == "ignore":
        return asked
    for relation in layout.relations:
        _read(
            relation,
            asked,
            lines,
            cells,
            told=told,
            reading=readings.get(relation.position, Reading()),
        )
        if relation.labels_position is not None:
            _read_labels(relation, layout, asked, lines, cells=cells, told=told)
    return asked


def _read(
    relation: Relation,
    asked: Asked,
    lines: Sequence[int],
    cells: Mapping[int, Sequence[str]],
    *,
    told: Told,
    reading: Reading,
) -> None:
    keys = read_keys(
        cells[relation.position],
        other=relation.other,
        key=relation.key,
        many=relation.many,
        reading=reading,
    )
    columns = asked.columns
    columns["line"] += [lines[row] for row in keys.rows]
    columns["relation"] += [relation.number] * len(keys.rows)
    columns["number"] += keys.numbers
    columns["how"] += keys.hows
    columns["id_value"] += keys.ids
    columns["text_value"] += keys.texts
    columns["shown"] += keys.shown
    asked.hows |= {(relation.number, how) for how in set(keys.hows)}
    for fault in keys.faults:
        asked.faults[relation.number] = asked.faults.get(relation.number, 0) + 1
        error = INVALID_ASSOCIATION_KEY(
            value=fault.text,
            object=shown_label(relation.other).lower(),
            key=expected(relation.other, relation.key),
        )
        told.add(
            of_error(error, lines[fault.row], level=LINK, column=relation.place, value=fault.text)
        )


def _read_labels(
    relation: Relation,
    layout: Layout,
    asked: Asked,
    lines: Sequence[int],
    *,
    cells: Mapping[int, Sequence[str]],
    told: Told,
) -> None:
    """Link labels beside an association column: several parted as keys are."""
    position = relation.labels_position or 0
    known: dict[str, AssociationDef] = {}
    forward = relation.side.forward
    for label in layout.model.labels_of(relation.side.association):
        known.setdefault(normal(label.name), label)
        for text in known_labels(Side(label, forward)):
            known.setdefault(normal(text), label)
    header = layout.answers[position].header
    for row, cell in enumerate(cells[position]):
        for text in split(clean(cell)) if cell else ():
            named = known.get(normal(text))
            if named is None:
                names = list(dict.fromkeys(each.forward_label for each in known.values()))
                error = ASSOCIATION_LABEL_NOT_FOUND(
                    relation=layout.model.full_name(relation.side), name=text, known=names
                )
                told.add(
                    of_error(
                        error, lines[row], level=LINK, column=(header, position + 1), value=text
                    )
                )
                continue
            asked.labels["line"].append(lines[row])
            asked.labels["relation"].append(relation.number)
            asked.labels["association_id"].append(named.id)
