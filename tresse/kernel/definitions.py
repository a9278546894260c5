"""What `tresse apply` and `tresse config` know of one sort of definition."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tresse.kernel.errors import UNKNOWN_KEY, nearest

Outcome = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class DefinitionKind:
    """One key of the YAML that `apply` reads and `config` prints.

    `read()` gives all definitions of the kind as plain data: a list of mappings with a `name`, or
    one mapping (`settings`). `write(item, actor, dry_run)` makes one of them so and says what that
    changed; with `dry_run` it checks and compares, and writes nothing. Items that refer to items of
    other kinds come after those named in `depends_on`. `check(items)` is called once with all items
    of a file when they are written, in the same transaction: for what leads from one to another.
    """

    name: str
    depends_on: tuple[str, ...]
    read: Callable[[], list[dict[str, Any]] | dict[str, Any]]
    write: Callable[[Mapping[str, Any], Any, bool], Outcome]
    check: Callable[[Sequence[Mapping[str, Any]]], None] | None = None


def check_keys(given: Mapping[str, Any], allowed: Collection[str], sort: str) -> None:
    """Refuse a key that the sort of definition does not have.

    Args:
        given: What a person wrote.
        allowed: The keys of the sort.
        sort: What it is called in the sentence, with its article: `a property`.

    Raises:
        TresseError: `unknown_key`, with the nearest key.
    """
    for key in given:
        if key not in allowed:
            near = nearest(str(key), allowed)
            raise UNKNOWN_KEY(name=key, sort=sort, nearest=near, known=list(allowed))
