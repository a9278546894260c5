"""What a name on the command line means where objects and datasets share it (cli.md, section 1)."""

from dataclasses import dataclass

import pytest

from tresse.records.elsewhere import meant


@dataclass(frozen=True)
class Sets:
    """Sets of a higher room that can be worked with."""

    there: tuple[str, ...]
    name: str = "dataset"
    prefix: str = "dataset"

    def has(self, name):
        return name in self.there


@pytest.mark.parametrize(
    ("text", "there", "wanted", "is_said"),
    [
        ("contact", ("contact", "contacts"), None, False),
        ("contacts", ("contacts",), "contacts", True),
        ("contacts", (), None, False),
        ("people", ("people",), "people", False),
        ("object:contacts", ("contacts",), None, False),
        ("dataset:contacts", (), "contacts", False),
        ("nothing", (), None, False),
    ],
)
def test_singular_is_the_object_and_plural_the_dataset(model, capsys, text, there, wanted, is_said):
    """cli.md, section 1: standard error says which; a prefix decides."""
    sets = Sets(there)

    found = meant(text, [sets], model)

    assert found == (None if wanted is None else (sets, wanted))
    words = "contacts is the dataset here; object:contacts would be the object type.\n"
    assert capsys.readouterr().err == (words if is_said else "")
