"""Notes, calls, e-mails and meetings imported (T2): described as object types, written as sets.

The stage, the plan and the loop of the run are those of records. `described` gives a kind of
activity the shape of an object type, with a relation to each object it can be about; `planning`
says which rows may not be; `writing` writes a chunk.
"""

from tresse.transfers.activities.described import (
    Activities,
    acting,
    check_settings,
    import_model,
    importable,
    is_activity,
    own_settings,
    with_kinds,
)

__all__ = [
    "Activities",
    "acting",
    "check_settings",
    "import_model",
    "importable",
    "is_activity",
    "own_settings",
    "with_kinds",
]
