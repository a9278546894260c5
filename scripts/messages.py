"""Collects the texts to translate and compiles catalogues, with Babel and without GNU gettext.

python -m scripts.messages            # update tresse/web/locale/*/LC_MESSAGES/django.po
python -m scripts.messages compile    # write the .mo files beside them
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "tresse"
LOCALE = PACKAGE / "web" / "locale"
LANGUAGES = ("fr", "pl")
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
HEADERS_LEFT_OUT = re.compile(
    rb'"(?:Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date'
    rb'|Last-Translator|Language-Team|Generated-By): [^"]*"\n'
)
PLACEHOLDER = re.compile(r"\{\w*\}|%\(\w+\)[sd]|%[sd]")
COMMENT_TAGS = ("Translators:",)


def as_python(template: str) -> str:
    """A template as lines of Python calls, which Babel can read."""
    # Imported here: the build hook compiles without Django.
    from django.conf import settings  # noqa: PLC0415
    from django.utils.translation.template import templatize  # noqa: PLC0415

    if not settings.configured:
        settings.configure()
    # Its output keeps the indentation of the page, which Python's tokenizer would trip over.
    return "\n".join(line.strip() for line in templatize(template).splitlines())


def texts(path: Path) -> Iterator[tuple[int, str, Any, Any]]:
    """Line, function, text or texts, and comments of each marked text in a file."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        source = as_python(source)
    file = io.BytesIO(source.encode())
    # Babel's own annotation of what it gives here is wrong.
    calls: Any = extract_python(file, KEYWORDS, COMMENT_TAGS, {"encoding": "utf-8"})
    yield from calls


def sources() -> list[Path]:
    """Every file that may hold a text for people."""
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("templates/**/*.html")]
    files += PACKAGE.rglob("templates/**/*.txt")
    return sorted(path for path in files if "migrations" not in path.parts)


def collected() -> Catalog:
    """All marked texts of the package, with the files they come from."""
    catalog = Catalog(project="Tresse", charset="utf-8")
    for path in sources():
        place = path.relative_to(ROOT).as_posix()
        for _line, function, found, comments in texts(path):
            context, text = in_context(function, found)
            if text:
                # No line numbers: they would change with every commit.
                catalog.add(text, locations=[(place, 0)], auto_comments=comments, context=context)
    return catalog


def in_context(function: str, found: Any) -> tuple[str | None, str | tuple[str, str] | None]:
    """The context and the text, or the pair of singular and plural, of one call."""
    parts = [found] if isinstance(found, str) else list(found or ())
    contextual = function.removesuffix("_lazy").endswith("pgettext")
    context = parts.pop(0) if contextual else None
    words = parts[:2] if "ngettext" in function or "npgettext" in function else parts[:1]
    if not words or not all(isinstance(word, str) and word for word in words):
        return None, None
    return context, (words[0], words[1]) if len(words) == 2 else words[0]


def catalogue(language: str) -> Catalog:
    """The catalogue of a language as it stands in its file; empty when there is none yet."""
    file = path_of(language)
    if not file.exists():
        return Catalog(locale=language, project="Tresse", charset="utf-8")
    with file.open("rb") as stream:
        return read_po(stream, locale=language)


def path_of(language: str) -> Path:
    """The file of a language's catalogue."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def update(language: str, template: Catalog) -> Catalog:
    """Bring a catalogue in line with the marked texts; translations that still fit stay."""
    catalog = catalogue(language)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    write(language, catalog)
    return catalog


def write(language: str, catalog: Catalog) -> None:
    """Write a catalogue to its file, sorted, without dates and line numbers."""
    file = path_of(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    catalog.header_comment = f"# The texts of Tresse in the language {language}."
    with file.open("wb") as stream:
        write_po(stream, catalog, width=100, sort_output=True)
    # A catalogue changes when its texts do, not with the time of day.
    kept = HEADERS_LEFT_OUT.sub(b"", file.read_bytes())
    file.write_bytes(re.sub(rb":0$", b"", kept, flags=re.MULTILINE))


def untranslated(language: str, template: Catalog) -> list[str]:
    """Texts of the package that the catalogue of a language lacks."""
    catalog = catalogue(language)
    return [
        str(message.id)
        for message in template
        if message.id and not is_translated(catalog.get(message.id, message.context))
    ]


def is_translated(message: Message | None) -> bool:
    """Whether every form of a message has a text."""
    if message is None or message.fuzzy or not message.string:
        return False
    return isinstance(message.string, str) or all(message.string)


def faults(message: Message) -> list[str]:
    """Braces and percent signs that a translation lost or invented."""
    if not is_translated(message) or not message.id:
        return []
    # Of a plural any form may leave the number out, but none may name what its text does not.
    known = set(PLACEHOLDER.findall("".join(_forms(message.id))))
    strings = _forms(message.string)
    found = [set(PLACEHOLDER.findall(text)) for text in strings]
    lost = known - found[0] if len(strings) == 1 else set()
    return sorted(lost.union(*(names - known for names in found)))


def _forms(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ())


def compile_all() -> None:
    """Write the `.mo` file of each catalogue."""
    for file in LOCALE.glob("*/LC_MESSAGES/*.po"):
        with file.open("rb") as stream:
            catalog = read_po(stream, locale=file.parts[-3])
        with file.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, catalog)


def main() -> None:
    """Update the catalogues, or compile them."""
    if sys.argv[1:] != ["compile"]:
        template = collected()
        for language in LANGUAGES:
            update(language, template)
            left = len(untranslated(language, template))
            sys.stdout.write(f"{language}: {len(template)} texts, {left} without translation.\n")
    compile_all()


if __name__ == "__main__":
    main()
