"""Rules that take or add a piece of a text."""

from dataclasses import dataclass

from tresse.kernel.marks import N_
from tresse.sources.rules.base import BadSetting, TextRule, setting

MOST = 1_000
"Longest that `pad_left` and `truncate` make or leave."


def prefixed(text: str, text_: str) -> str:
    """With a text in front, unless it is there already."""
    return text if text.startswith(text_) else text_ + text


def suffixed(text: str, text_: str) -> str:
    """With a text at the end, unless it is there already."""
    return text if text.endswith(text_) else text + text_


def padded(text: str, length: int, with_: str) -> str:
    """Filled up in front to a number of characters."""
    return text.rjust(length, with_)


def truncated(text: str, length: int) -> str:
    """The first characters."""
    return text[:length]


def part(text: str, separator: str, n: int) -> str | None:
    """The nth part between separators, from the end where n is negative; None if there is none."""
    parts = text.split(separator)
    place = n - 1 if n > 0 else len(parts) + n
    return parts[place] if 0 <= place < len(parts) else None


@dataclass(frozen=True, slots=True)
class Addition:
    """Settings of `prefix` and `suffix`."""

    text_: str = setting(label=N_("Text"))


class Prefix(TextRule):
    """In front."""

    name = "prefix"
    label = N_("Prefix")
    does = N_("Adds a text in front, unless it is there already.")
    Settings = Addition
    python = staticmethod(prefixed)
    examples = (({"text": "FR-"}, "12", "FR-12"), ({"text": "FR-"}, "FR-12", "FR-12"))


class Suffix(TextRule):
    """At the end."""

    name = "suffix"
    label = N_("Suffix")
    does = N_("Adds a text at the end, unless it is there already.")
    Settings = Addition
    python = staticmethod(suffixed)
    examples = (({"text": "@x.fr"}, "ada", "ada@x.fr"), ({"text": "@x.fr"}, "a@x.fr", "a@x.fr"))


@dataclass(frozen=True, slots=True)
class Filling:
    """Settings of `pad_left`."""

    length: int = setting(label=N_("Characters"), kind="integer")
    with_: str = setting("0", label=N_("Filled with"), kind="character")


@dataclass(frozen=True, slots=True)
class Length:
    """Settings of `truncate`."""

    length: int = setting(label=N_("Characters"), kind="integer")


def _check_length(length: int) -> None:
    if not 1 <= length <= MOST:
        raise BadSetting("length", N_("a number from 1 to 1,000"))


class PadLeft(TextRule):
    """To a length."""

    name = "pad_left"
    label = N_("Fill up in front")
    does = N_("Fills a text up in front to a number of characters.")
    Settings = Filling
    python = staticmethod(padded)
    examples = (({"length": 5}, "1000", "01000"), ({"length": 3, "with": "x"}, "abcd", "abcd"))

    def check(self, settings: Filling, type_: str) -> None:  # noqa: ARG002
        """A length."""
        _check_length(settings.length)


class Truncate(TextRule):
    """To a length."""

    name = "truncate"
    label = N_("Cut off")
    does = N_("Keeps the first characters of a text.")
    Settings = Length
    python = staticmethod(truncated)
    examples = (({"length": 3}, "Élodie", "Élo"), ({"length": 9}, "Ada", "Ada"))

    def check(self, settings: Length, type_: str) -> None:  # noqa: ARG002
        """A length."""
        _check_length(settings.length)


@dataclass(frozen=True, slots=True)
class PartSettings:
    """Settings of `part`."""

    separator: str = setting(label=N_("Separator"))
    n: int = setting(
        label=N_("Number of the part"), kind="integer", help=N_("Negative: from the end.")
    )


class Part(TextRule):
    """Between separators."""

    name = "part"
    label = N_("Part of a text")
    does = N_("Takes the nth part of a text between separators.")
    Settings = PartSettings
    python = staticmethod(part)
    is_settled = False
    examples = (
        ({"separator": "@", "n": 2}, "a@b.fr", "b.fr"),
        ({"separator": "/", "n": -1}, "a/b/c", "c"),
        ({"separator": "/", "n": 3}, "a/b", None),
    )

    def check(self, settings: PartSettings, type_: str) -> None:  # noqa: ARG002
        """Parts are counted from 1."""
        if settings.n == 0 or abs(settings.n) > MOST:
            raise BadSetting("n", N_("a number from 1 to 1,000, or from -1 down"))
