"""Builds with their counts and progress; versions, going back; health (D80, D85, D88)."""

import pytest

from tests.datasets.pages.conftest import SHOP, built, text_of
from tests.datasets.standing import publish
from tresse.datasets.models import Dataset, DatasetBuild
from tresse.datasets.views.checks import check_shown, spark_of, value_words
from tresse.jobs.worker import run_here
from tresse.sources.models import Source

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def fewer():
    """The shop has lost a customer."""
    source = Source.objects.get(name="shop")
    names = ("id", "customer_id", "first_name", "last_name", "email", "phone", "street", "city")
    publish(source, [dict(zip(names, row, strict=True)) for row in SHOP[:3]])


def test_a_build_is_started_followed_and_told_in_sentences(client, people):  # noqa: ARG001
    """D130, S113 for builds: progress while it is live, then a sentence per count."""
    started = client.post("/datasets/people/build/")
    row = DatasetBuild.objects.get()
    assert started.url == f"/datasets/people/builds/{row.pk}/"
    live = text_of(client.get(started.url))
    assert 'hx-trigger="every 1s"' in live
    assert "It starts in a moment." in live
    assert 'hx-trigger="every 2s"' in text_of(client.get("/datasets/people/builds/"))

    run_here(row.job)
    card = client.get(started.url, headers=FRAGMENT)
    assert card.headers["HX-Refresh"] == "true"
    page = text_of(client.get(started.url))

    assert "Version 1 is published" in page
    assert "<dt>7</dt><dd>records were taken in from its sources.</dd>" in page
    assert "<dt>5</dt><dd>golden records came of them.</dd>" in page
    assert "<dt>2</dt><dd>records were joined to others.</dd>" in page
    assert "Values are chosen" in page
    assert "<dt>Engine</dt><dd>DuckDB</dd>" in page
    only = text_of(client.get("/datasets/people/builds/?state=failed"))
    assert "No build is of this state." in only


def test_a_build_is_cancelled_while_it_waits(client, people):  # noqa: ARG001
    """D84: the version before stays; one that has ended is shown as it ended."""
    client.post("/datasets/people/build/", {"full": "1"})
    row = DatasetBuild.objects.get()
    assert row.is_full
    there = f"/datasets/people/builds/{row.pk}/"

    card = text_of(client.post(f"{there}cancel/", headers=FRAGMENT))

    assert "This build was cancelled" in card
    assert client.post(f"{there}cancel/").url == there
    assert client.get("/datasets/people/builds/999/").status_code == 404


def test_a_build_that_is_held_is_published_by_a_person(client, golden, owner):
    """D88: the checks that hold it are named; one click lets it through, another throws it away."""
    fewer()
    [row] = built(golden, actor=owner)
    # Under 200 golden records nothing is held by itself.
    held = {"name": "golden_records", "value": 25.0, "band": "bad", "holds": True, "columns": {}}
    row.state, row.number, row.health = "held", None, [held]
    row.save()
    there = f"/datasets/people/builds/{row.pk}/"

    page = text_of(client.get(there))

    assert "This build waits for you" in page
    assert "Fewer golden records than in the last version: 25%" in page
    assert "Publish it all the same" in page
    assert "waits for you" in text_of(client.get("/datasets/people/versions/"))
    assert "Waits for you" in text_of(client.get("/datasets/people/"))


def test_versions_are_listed_and_an_older_one_published(client, golden, owner):
    """D85: going back asks first, pauses the times, and says so."""
    fewer()
    built(golden, actor=owner)
    page = text_of(client.get("/datasets/people/versions/"))
    assert page.index("<b>2</b>") < page.index("<b>1</b>")
    there = "/datasets/people/versions/1/rollback/"
    dialog = text_of(client.get(there, headers=FRAGMENT))
    assert "Go back to version 1?" in dialog

    client.post(there)

    row = Dataset.objects.get(pk=golden.pk)
    assert (row.version.number, row.is_enabled) == (1, False)
    page = text_of(client.get("/datasets/people/versions/"))
    assert "Version 1 is the published one again." in page
    assert "rolled back" in page
    client.post(there)
    assert "Version 1 of people is the published one." in text_of(
        client.get("/datasets/people/versions/")
    )
    assert client.post("/datasets/people/versions/9/rollback/").status_code == 404


def test_two_versions_are_compared_by_column_with_examples(client, golden, owner):
    """D85: rows added, removed, changed; per column, with what stood and what stands there."""
    source = Source.objects.get(name="shop")
    names = ("id", "customer_id", "first_name", "last_name", "email", "phone", "street", "city")
    rows = [dict(zip(names, row, strict=True)) for row in SHOP[:3]]
    rows[1] |= {"first_name": "Annabella"}
    publish(
        source, [*rows, {"id": "9", "customer_id": "C9", "first_name": "New", "last_name": "One"}]
    )
    built(golden, actor=owner)

    page = text_of(client.get("/datasets/people/versions/compare/?from=1&to=2"))

    numbers = page.partition('class="swap"')[2].partition("</dl>")[0]
    assert numbers.count('<dd class="num">1</dd>') == 2
    assert "<dt>Changed</dt>" in numbers
    assert '<span class="was">Ada</span>' in page
    assert '<span class="is-now">Annabella</span>' in page
    assert "New One" in page
    one = text_of(client.get("/datasets/people/versions/compare/?from=1&to=2&column=first_name"))
    chosen = one.partition('class="chip chip--on"')[2].partition("</a>")[0]
    assert "first_name" in chosen
    same = text_of(client.get("/datasets/people/versions/compare/?from=1&to=1"))
    assert "Choose two different versions." in same
    assert client.get("/datasets/people/versions/compare/?from=1&to=x").status_code == 404


def test_health_shows_each_check_with_its_last_values(client, golden, owner):
    """D88: value, band, thresholds, the last five values."""
    fewer()
    built(golden, actor=owner)

    page = text_of(client.get("/datasets/people/health/"))

    assert "Records of the largest golden record" in page
    assert "bad from 20%, which holds a build" in page.lower()
    assert '<svg class="spark"' in page
    assert "tier" in page


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (None, "count", "–"),
        (12, "count", "12"),
        (0.0, "percent", "0%"),
        (0.011, "percent", "0.011%"),
        (2.93, "percent", "2.9%"),
        (67.2, "percent", "67%"),
        (4.26, "points", "4.3 points"),
    ],
)
def test_values_of_checks_are_written_as_short_as_they_tell(value, unit, words):
    """D88"""
    assert value_words(value, unit) == words


def test_a_check_of_an_older_release_is_shown_by_its_name():
    """Health is kept with versions: a check that is no more has no label."""
    shown = check_shown({"name": "old_check", "value": 1, "band": "ok"})

    assert (shown["label"], shown["value"]) == ("old check", "1")
    flat = spark_of([2, 2, 2])
    assert flat["path"] == "M0.0 11.0 L42.0 11.0 L84.0 11.0"
