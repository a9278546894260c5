"""Tags of templates: numbers, dates and components."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone, translation

from tresse.kernel import clock
from tresse.web.templatetags import components, numbers

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
NO_BREAK = "\N{NO-BREAK SPACE}"
ICONS = set(json.loads((ROOT / "frontend/src/icons.json").read_text()))


def rendered(text, **context):
    return Template(text).render(Context(context))


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "1,234,567.89"), ("fr", f"1{NO_BREAK}234{NO_BREAK}567,89")],
)
def test_numbers_take_the_separators_of_the_language(language, text):
    with translation.override(language):
        assert numbers.number(1234567.891, 2) == text


def test_counts_beyond_the_cap_say_so():
    assert numbers.capped(10_000) == "10,000"
    assert numbers.capped(10_001) == "10,000+"
    assert numbers.capped(None) == ""


def test_a_share_is_shown_in_percent():
    assert numbers.percent(0.9417, 1) == "94.2%"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=2), "2 hours ago"),
        (timedelta(hours=7), "Today, 05:00"),
        (timedelta(days=1), "Yesterday, 12:00"),
        (timedelta(days=-1), "Tomorrow, 12:00"),
        (timedelta(days=20), "6 Nov, 12:00"),
        (timedelta(days=800), "17 Sep 2024"),
    ],
    ids=str,
)
def test_a_moment_is_said_as_a_person_would(before, text):
    with clock.at(NOON), timezone.override(UTC):
        assert numbers.ago(NOON - before) == text


def test_a_moment_is_shown_in_the_zone_of_the_person():
    with clock.at(NOON), timezone.override(ZoneInfo("Europe/Warsaw")):
        late = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)

        assert numbers.ago(late) == "Today, 00:30"
        assert numbers.moment(late) == "26 Nov 2026, 00:30"
        assert numbers.day(late) == "26 Nov 2026"


def test_when_carries_the_exact_moment():
    with clock.at(NOON), timezone.override(UTC):
        html = rendered("{% when moment %}", moment=NOON - timedelta(days=8))

    assert 'datetime="2026-11-18T12:00:00+00:00"' in html
    assert 'title="18 November 2026, 12:00 UTC"' in html
    assert ">18 Nov, 12:00<" in html


@pytest.mark.parametrize(("language", "month"), [("fr", "novembre"), ("pl", "listopada")])
def test_months_are_named_in_the_language(language, month):
    with translation.override(language), clock.at(NOON), timezone.override(UTC):
        assert f"18 {month} 2026" in numbers.when(NOON - timedelta(days=8))


def test_values_are_escaped():
    html = rendered("{% avatar name %}{% tag name %}", name="<b>Bold</b>")

    assert "<b>" not in html


def test_a_name_keeps_its_hue():
    assert components.hue("Camille Laurent") == components.hue("Camille Laurent")
    assert components.initials("camille laurent dupont") == "CL"
    assert components.initials("") == ""
    assert components.initials("11077") == "77"


class Form(forms.Form):
    email = forms.EmailField(label="Email", help_text="Work address.")


def test_a_field_names_its_control_hint_and_error():
    form = Form({"email": "zofia@"})

    html = rendered('{% field form.email autocomplete="email" %}', form=form)

    assert 'for="id_email"' in html
    assert 'aria-describedby="id_email_hint id_email_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'autocomplete="email"' in html
    assert html.count('class="input"') == 1


def test_every_icon_named_in_a_template_is_in_the_sprite():
    named = {
        name
        for path in ROOT.glob("tresse/*/templates/**/*.html")
        for name in re.findall(r'{% icon "([^"]+)"', path.read_text())
    }

    assert named - ICONS == set()
