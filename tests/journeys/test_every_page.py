"""Every page type in Chromium: both themes, three widths, three languages; no faults anywhere.

A page is loaded twice: in English at 1440 px, where the theme is switched under it, and in French
or Polish at 390 px, where the window is then widened to 1024.
"""

import gzip
from dataclasses import dataclass

import pytest
from django.utils import translation
from playwright.sync_api import expect

from tests.journeys.foreign import NAME, made_by
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_team, add_token
from tresse.accounts.models import User
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = """() => {
  const seen = [document.title.replace(/ · Tresse$/, "")];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const near = walker.currentNode.parentElement;
    if (!near.closest("script, template, code, pre, [translate=no]"))
      seen.push(walker.currentNode.textContent.trim().replace(/\\s+/g, " "));
  }
  for (const name of ["aria-label", "placeholder", "title"])
    for (const node of document.querySelectorAll(`[${name}]`)) seen.push(node.getAttribute(name));
  return [...new Set(seen)].filter((text) => /^\\p{Lu}.{2,}/u.test(text));
}"""
PAGE = 25_000
"Bytes of HTML that the budget of 230 kB leaves, see test_pages_stay_light."
COLOURS = {"runOnly": ["color-contrast"]}
"All that a theme changes."
SETTLED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  .then(() => Promise.allSettled(document.getAnimations().map((each) => each.finished)))"""
WIDER = "document.documentElement.scrollWidth > innerWidth"


@dataclass(frozen=True)
class Seen:
    """A page, and what is pressed there before one looks."""

    address: str
    keys: str = ""
    clicks: tuple[str, ...] = ()
    shows: str = "h1"
    "What is there once the page is ready."

    def __str__(self):
        return self.address + " ".join((self.keys, *self.clicks))


def bulk(act):
    """The dialog of a bulk action, opened from the bar."""
    more = (".bulk [popovertarget]",) if act == "delete" else ()
    clicks = ('tbody [name="ids"] >> nth=0', *more, f'button[formaction$="/{act}/"]')
    return Seen("/contacts/", clicks=clicks, shows="dialog[open] form")


PAGES = {
    "records": (
        Seen("/contacts/"),
        Seen("/deals/?layout=table"),
        Seen("/deals/?layout=board"),
        Seen("/contacts/{contact}/"),
        Seen("/companies/{company}/"),
        Seen("/deals/{deal}/"),
        Seen("/contacts/new/"),
        Seen("/filters/edit/?filter_object=contact&filter_next=/contacts/"),
        Seen("/search/?q=hush"),
        Seen("/contacts/", keys="Control+k", shows="#palette [type=search]"),
        Seen("/contacts/{contact}/city/history/"),
        Seen("/contacts/{contact}/email/others/"),
        Seen("/contacts/{contact}/delete/"),
    ),
    "work": (
        Seen("/tasks/"),
        Seen("/notifications/"),
        Seen("/notifications/team/"),
        Seen("/contacts/bin/"),
        Seen("/contacts/duplicates/"),
        Seen("/contacts/merge/?ids={contact}&ids={other}"),
        Seen("/contacts/{merged}/unmerge/"),
        bulk("edit"),
        bulk("owner"),
        bulk("delete"),
        Seen("/contacts/bulk/{edited}/"),
        Seen("/contacts/views/hush/"),
    ),
    "segments": (
        Seen("/segments/"),
        Seen("/segments/hush/"),
        Seen("/segments/hush/edit/"),
        Seen("/segments/new/"),
        Seen("/lists/"),
        Seen("/lists/hush/"),
        Seen("/lists/new/"),
        Seen("/imports/"),
        Seen("/imports/{import}/"),
        Seen("/exports/new/contact/"),
        Seen("/jobs/"),
        Seen("/jobs/{job}/"),
    ),
    "sources": (
        Seen("/connections/"),
        Seen("/connections/new/"),
        Seen("/connections/new/sftp/"),
        Seen("/connections/hush/"),
        Seen("/sources/"),
        Seen("/sources/new/"),
        Seen("/sources/new/drop/"),
        Seen("/sources/hush/"),
        Seen("/sources/hush/columns/"),
        Seen("/sources/hush/column/?name=id"),
        Seen("/sources/hush/computed/"),
        Seen("/sources/hush/relations/?to=hush"),
        Seen("/sources/hush/runs/"),
        Seen("/sources/hush/runs/{run}/"),
        Seen("/sources/hush/rejected/"),
        Seen("/sources/hush/settings/"),
        Seen("/sources/hush/start/"),
        Seen("/sources/hush/remove/"),
    ),
    "datasets": (
        Seen("/datasets/"),
        Seen("/datasets/new/"),
        Seen("/datasets/new/?entity=contacts"),
        Seen("/datasets/hush/"),
        Seen("/datasets/hush/rows/"),
        Seen("/datasets/hush/columns/"),
        Seen("/datasets/hush/column/?name=id"),
        Seen("/datasets/hush/formula/"),
        Seen("/datasets/hush/aggregate/"),
        Seen("/datasets/hush/scores/"),
        Seen("/datasets/hush/scores/new/revenue_total/"),
        Seen("/datasets/hush/sources/"),
        Seen("/datasets/hush/sources/hush/"),
        Seen("/datasets/hush/relations/"),
        Seen("/datasets/hush/identity/"),
        Seen("/datasets/hush/identity/rules/1/"),
        Seen("/datasets/hush/review/"),
        Seen("/datasets/hush/decisions/"),
        Seen("/datasets/hush/why/"),
        Seen("/datasets/hush/builds/"),
        Seen("/datasets/hush/builds/{build}/"),
        Seen("/datasets/hush/versions/"),
        Seen("/datasets/hush/health/"),
        Seen("/datasets/hush/settings/"),
        Seen("/datasets/hush/remove/"),
    ),
    "model": (
        Seen("/data-model/"),
        Seen("/data-model/as-graph/", shows=".react-flow__node >> nth=0"),
        Seen("/data-model/new-object/"),
        Seen("/data-model/contact/"),
        Seen("/data-model/deal/relations/"),
        Seen("/data-model/deal/pipelines/"),
        Seen("/data-model/contact/layout/"),
        Seen("/data-model/contact/settings/"),
        Seen("/data-model/contact/new-property/?kind=option"),
        Seen("/data-model/contact/properties/lifecycle_stage/"),
        Seen("/data-model/contact/new-relation/"),
        Seen("/data-model/deal/pipelines/sales/"),
        Seen("/data-model/deal/new-calculated/"),
        Seen("/data-model/company/new-calculated/?sort=rollup"),
        Seen("/data-model/contact/properties/city/kind/?kind=integer"),
    ),
    "settings": (
        Seen("/settings/profile/"),
        Seen("/settings/people/"),
        Seen("/settings/people/{user}/"),
        Seen("/settings/teams/new/"),
        Seen("/settings/teams/sellers/"),
        Seen("/settings/roles/new/"),
        Seen("/settings/roles/member/"),
        Seen("/settings/tokens/"),
        Seen("/settings/imports/"),
        Seen("/settings/webhooks/"),
        Seen("/settings/webhooks/hush/"),
        Seen("/settings/notifications/"),
        Seen("/settings/audit/"),
        Seen("/settings/account/"),
    ),
}


@pytest.fixture
def ids(person):
    """One of everything; ids by the names in the addresses."""
    add_token(person, name="program", actor=SYSTEM)
    add_team(name="sellers", label="Sellers", members=[person.email], actor=actor_of(person))
    things = made_by(person)
    return {
        **things.records,
        "other": things.others[0],
        "merged": things.others[-1],
        "edited": things.bulk,
        "import": things.import_,
        "job": things.job,
        "run": things.run,
        "build": things.build,
        "user": person.pk,
    }


@pytest.mark.parametrize("group", PAGES)
def test_pages_are_accessible_fit_and_speak_the_language(signed_in_page, axe, group, ids, person):
    """Every page type, as the module says; the fixture `page` fails on an error of the console."""
    page, faults = signed_in_page, []
    page.on("response", lambda it: faults.extend([it.url] if it.status >= 500 else []))
    ours = labels()

    def show(seen, language):
        User.objects.filter(pk=person.pk).update(language=language)
        answer = page.goto(seen.address.format(**ids))
        if len(gzip.compress(answer.body())) > PAGE:
            faults.append((f"{seen}", "heavier than 25 kB"))
        for selector in seen.clicks:
            page.locator(selector).click()
        if seen.keys:
            page.keyboard.press(seen.keys)
        expect(page.locator(seen.shows).first).to_be_visible()

    for number, seen in enumerate(PAGES[group]):
        page.set_viewport_size({"width": 1440, "height": 900})
        page.emulate_media(color_scheme="light")
        show(seen, "en")
        for theme, options in (("light", {}), ("dark", COLOURS)):
            page.emulate_media(color_scheme=theme)
            page.evaluate(SETTLED)
            faults += [(f"{seen}", theme, *fault) for fault in axe(page, **options)]
        language = ("fr", "pl")[number % 2]
        page.set_viewport_size({"width": 390, "height": 844})
        show(seen, language)
        faults += [(f"{seen}", language, text) for text in english(page, language) - ours]
        for width in (390, 1024):
            page.set_viewport_size({"width": width, "height": 844})
            if page.evaluate(WIDER):
                faults.append((f"{seen}", width, "wider than the window"))

    assert not faults, "\n".join(map(str, faults))


def english(page, language):
    """Texts of the page that the catalogue of its language has in other words."""
    with translation.override(language):
        return {text for text in page.evaluate(WORDS) if translation.gettext(text) != text}


def labels():
    """What people named: it stands in their language on every page."""
    model = data_model()
    found = {NAME, "Sellers", "Role"}  # which is Polish for roles
    for object in model.objects:
        found |= {object.label, object.plural}
        for property in object.properties:
            found |= {property.label, property.group}
            found |= {option.label for option in property.options}
        for pipeline in object.pipelines:
            found |= {pipeline.label, *(stage.label for stage in pipeline.stages)}
    return found
