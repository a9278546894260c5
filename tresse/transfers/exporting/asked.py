"""What an export was asked for: names and values, alike at all doors (T80 to T84)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from tresse.kernel.errors import UNKNOWN_KEY, WRONG_VALUE, nearest
from tresse.kernel.marks import N_

FORMATS = ("csv", "txt", "xlsx", "ods", "jsonl")
LINES = frozenset({"csv", "txt"})
"Formats of texts between delimiters; the others have typed cells."
DELIMITERS = (",", ";")
TAB = "\t"
CHOICES: Mapping[str, tuple[str, ...]] = {
    "form": ("", "names", "brevo"),
    "keys": ("id", "email", "external_id", "title"),
    "format": FORMATS,
    "delimiter": DELIMITERS,
    "decimal": (".", ","),
}
SWITCHES = ("with_links", "with_names", "guard")
LISTS = ("columns", "associations")
TEXTS = ("view", "segment", "list", "words")


@dataclass(frozen=True)
class Asked:
    """What to write.

    `columns`: names of properties; None: those of the view, else all the person may read.
    `associations`: association types, with `:forward` or `:inverse` where both ends are the same
    object; None: those in use. `words`: typed words, as in the search of an index page.
    `with_names`: a column with titles beside each association column. `form`: `names` has headers
    by name, `brevo` one link per row. `decimal`: the decimal sign in CSV and TXT. `guard`: texts
    that a spreadsheet takes for formulas get a `'` in front (T84). `view`, `segment` and `list` are
    names; records must fit them and `filter` alike.
    """

    columns: Sequence[str] | None = None
    filter: Any = None
    view: str = ""
    segment: str = ""
    list: str = ""
    words: str = ""
    with_links: bool = True
    associations: Sequence[str] | None = None
    with_names: bool = False
    form: str = ""
    keys: str = "id"
    format: str = "csv"
    delimiter: str = ","
    decimal: str = "."
    guard: bool = True

    @property
    def is_lines(self) -> bool:
        """Whether all cells are texts."""
        return self.format in LINES


NAMES = tuple(each.name for each in fields(Asked))


def read_asked(given: Mapping[str, Any]) -> Asked:
    """What a door was given, checked.

    Raises:
        TresseError: `unknown_key`, with the nearest name; `wrong_value`, with those allowed.
    """
    for name, value in given.items():
        if name not in NAMES:
            near = nearest(name, NAMES)
            raise UNKNOWN_KEY(name=name, sort=N_("an export"), nearest=near, known=list(NAMES))
        _check(name, value)
    return Asked(**given)


def _check(name: str, value: Any) -> None:
    if name in CHOICES and value not in CHOICES[name]:
        wanted = " or ".join(each for each in CHOICES[name] if each)
        raise WRONG_VALUE(name=name, wanted=wanted, value=value)
    if name in SWITCHES and not isinstance(value, bool):
        raise WRONG_VALUE(name=name, wanted=N_("yes or no"), value=value)
    if name in TEXTS and not isinstance(value, str):
        raise WRONG_VALUE(name=name, wanted=N_("a text"), value=value)
    if name in LISTS and value is not None and not _is_texts(value):
        raise WRONG_VALUE(name=name, wanted=N_("a list of names"), value=value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
