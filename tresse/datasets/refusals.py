"""What the room of datasets refuses: of definitions, mapping and relations."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

NAME_TAKEN = Refusal("name_taken", 409, N_('There is already a dataset named "{name}".'))
KEEPS_NAME = Refusal(
    "wrong_value", 422, N_("A dataset keeps its name. {name} cannot be called {value}.")
)
CHANGED_MEANWHILE = Refusal(
    "changed_meanwhile",
    409,
    N_("{name} was changed by somebody else after you opened it. Read it again, then save."),
)
BUILT_IN = Refusal(
    "built_in",
    409,
    N_("The dataset {name} comes with the product and cannot be removed. Switch it off instead."),
)

# Of definitions
COLUMN_REPEATED = Refusal(
    "column_repeated", 422, N_('{dataset} has the column "{name}" twice. Keep one of them.')
)
COLUMNS_ALIKE = Refusal(
    "columns_alike",
    422,
    N_(
        'The columns "{first}" and "{second}" of {dataset} differ only in upper and lower case. '
        "Give one of them another name."
    ),
)
COLUMN_RESERVED = Refusal(
    "reserved_name",
    422,
    N_('"{name}" is a column that Tresse writes itself. Give yours another name.'),
)
SAID_TWICE = Refusal(
    "wrong_value", 422, N_("{name} says {value} twice. Say each once, at the place that counts.")
)
SEMANTIC_TAKEN = Refusal(
    "semantic_taken",
    422,
    N_(
        '{dataset}: the columns "{first}" and "{second}" both hold {semantic}. A dataset has one '
        "column of each semantic field."
    ),
)
NEEDS_SOURCES = Refusal(
    "wrong_value",
    422,
    N_("{name}: source_priority needs the names of sources, highest first, as [crm, shop]."),
)
MERGE_IN_GROUP = Refusal(
    "wrong_value",
    422,
    N_('{name}: "{column}" moves with the group "{group}", whose merge counts. Take one away.'),
)
NOT_OF_GROUP = Refusal(
    "wrong_value",
    422,
    N_('{name}: "{column}" is not among the columns of the group. Add it there, or take it away.'),
)
OTHER_GROUP = Refusal(
    "wrong_value", 422, N_('{name}: "{column}" is in the group "{group}" already.')
)
UNKNOWN_COLUMN = Refusal("column_missing", 422, N_('{name}: {dataset} has no column "{column}".'))
METHOD_TAKES = Refusal(
    "wrong_value",
    422,
    N_('{name}: the merge method {method} takes {takes}, and "{column}" is {type}.'),
)
FILL_TYPE = Refusal(
    "wrong_value", 422, N_('{name}: {value} does not fit into "{column}", which is {type}.')
)

# Of mapping
TYPE_MISMATCH = Refusal(
    "type_mismatch",
    422,
    N_(
        '{dataset}: the column "{column}" is {type}, and "{other}" of {source} is {other_type}. '
        "Give the column the type text, or have the source read its own as {type}."
    ),
)
SOURCE_COLUMN_UNKNOWN = Refusal(
    "column_missing", 422, N_('{name}: the source {source} has no column "{column}".')
)
NOT_FED = Refusal(
    "column_missing",
    422,
    N_(
        '{dataset}: no source feeds the column "{column}". Map a column of a source to it, or take '
        "it away."
    ),
)

# Of relations
RELATION_MATCH = Refusal(
    "wrong_value",
    422,
    N_(
        '{name}: "{column}" is no identity key of {dataset}. A relation is matched by one of: '
        "{known}."
    ),
)
