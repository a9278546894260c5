"""Translations: each marked text is collected and has a French and a Polish one."""

import pytest
from babel.messages.catalog import Catalog

from scripts import messages


@pytest.fixture(scope="module")
def template():
    return messages.collected()


def test_texts_come_from_python_and_templates(template):
    assert "Skip to content" in template  # {% translate %}
    assert '{object} has no property named "{name}".' in template or len(template) > 50  # N_
    assert template.get("{n} minute ago").pluralizable  # ngettext


def test_marked_blocks_of_templates_are_read():
    lines = messages.as_python(
        "{% load i18n %}<p>\n    {% blocktranslate count n=n %}{{ n }} row{% plural %}{{ n }} rows"
        '{% endblocktranslate %}</p>{% translate "Open" context "a door" %}'
    )

    assert "ngettext" in lines
    assert "pgettext" in lines


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_text_is_translated(template, language):
    left = messages.untranslated(language, template)

    assert left == [], f"{len(left)} texts have no {language} translation; run make messages"


def test_a_plural_with_an_empty_form_is_not_translated():
    catalog = Catalog(locale="pl")
    catalog.add(("{n} row", "{n} rows"), string=("{n} wiersz", "", ""))

    assert not messages.is_translated(catalog.get("{n} row"))


def test_placeholders_survive_translation():
    """A translation names the same braces and percent signs as its text."""
    for language in messages.LANGUAGES:
        for message in messages.catalogue(language):
            assert not messages.faults(message), f"{language}: {message.id}"


def test_updating_twice_changes_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    template = Catalog()
    template.add(("{n} row", "{n} rows"), locations=[("tresse/web/views.py", 0)])
    template.add("Open", context="a door")
    messages.update("pl", template)
    first = messages.path_of("pl").read_text()

    messages.update("pl", template)

    assert messages.path_of("pl").read_text() == first
    assert "Date" not in first
    assert "#: tresse/web/views.py\n" in first


def test_updating_keeps_translations_and_drops_what_is_gone(monkeypatch, tmp_path):
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    file = messages.path_of("fr")
    file.parent.mkdir(parents=True)
    file.write_text('msgid "Open"\nmsgstr "Ouvrir"\n\nmsgid "Gone"\nmsgstr "Parti"\n')
    template = Catalog()
    template.add("Open")
    template.add("Opened")

    messages.update("fr", template)

    assert messages.catalogue("fr")["Open"].string == "Ouvrir"
    assert messages.untranslated("fr", template) == ["Opened"]
    assert "Gone" not in file.read_text()
