"""The list of datasets, the way to a new one, a dataset at a glance, its settings (D130)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.datasets.pages.conftest import text_of
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role
from tresse.datasets.models import Dataset

pytestmark = pytest.mark.django_db


def test_the_list_shows_each_dataset_with_its_figures(client, golden):  # noqa: ARG001
    """D130: golden records, records, sources, health, cases, version; sorted and filtered."""
    page = text_of(client.get("/datasets/?sort=-rows"))

    assert 'href="/datasets/people/rows/">5</a>' in page
    assert 'href="/datasets/people/review/">' in page
    assert 'aria-sort="descending"' in page
    assert page.index('href="/datasets/people/"') < page.index('href="/datasets/contacts/"')
    only = text_of(client.get("/datasets/?q=BUYS&sort=nonsense&state=nonsense"))
    assert "people" not in only.partition("<table")[2]
    never = text_of(client.get("/datasets/?state=never"))
    assert 'href="/datasets/buys/"' not in never
    assert 'href="/datasets/contacts/"' in never


def test_a_hundred_datasets_are_there_in_few_statements(client, home):  # noqa: ARG001
    """The list does not ask for each dataset."""
    Dataset.objects.bulk_create(Dataset(name=f"d{n}", entity="orders") for n in range(100))
    client.get("/datasets/?q=nothing")

    with CaptureQueriesContext(connection) as seen:
        page = text_of(client.get("/datasets/"))

    assert page.count('class="source" href="/datasets/d') == 100
    assert len(seen) < 20


def test_a_dataset_is_made_of_an_entity_and_sources(client, feeds):  # noqa: ARG001
    """D1, D3: the way without scripts; the sources of the entity are ticked."""
    assert 'href="?entity=contacts"' in text_of(client.get("/datasets/new/"))
    page = text_of(client.get("/datasets/new/?entity=contacts"))
    assert 'value="shop" checked' in page
    assert 'value="orders_csv">' in page

    refused = client.post("/datasets/new/", {"entity": "contacts", "name": "new"})
    assert 'role="alert"' in text_of(refused, 422)
    made = client.post(
        "/datasets/new/", {"entity": "contacts", "name": "clients", "source": ["till", "shop"]}
    )

    assert made.url == "/datasets/clients/columns/"
    feeds_ = Dataset.objects.get(name="clients").definition["sources"]
    assert [each["source"] for each in feeds_] == ["till", "shop"]


def test_the_overview_says_what_it_is_and_what_to_look_at(client, golden):  # noqa: ARG001
    """D130: figures, mapping with how full columns are, builds, health, what feeds it."""
    page = text_of(client.get("/datasets/people/"))

    figures = page.partition("In numbers")[2].partition("</section>")[0]
    assert ["7" in figures, "5" in figures, "of 2 sources" in figures] == [True, True, True]
    assert "case waits for a decision" in page or "cases wait for a decision" in page
    assert "Share of golden records with a value" in page
    assert 'href="/sources/till/"' in page
    assert "many of its rows lead here, as buys" in page
    assert "dataset &quot;buys&quot;" in page
    other = text_of(client.get("/datasets/buys/"))
    assert "each row leads to one, by buyer" in other


def test_a_dataset_that_was_never_built_says_so(client, people):  # noqa: ARG001
    """Every tab stands without a version."""
    for tab in ("", "rows/", "review/", "builds/", "versions/", "health/", "decisions/", "why/"):
        text_of(client.get(f"/datasets/people/{tab}"))

    assert "It was not built yet" in text_of(client.get("/datasets/people/"))


def test_times_moment_and_erasure_are_set(client, golden):
    """S114 for datasets, D3: `as_of`, D91: what becomes of related rows."""
    page = text_of(client.get("/datasets/people/settings/"))
    assert "Rows of buys" in page
    assert "name: people" in page

    sent = {"every": "day", "time": "06:30", "zone": "Europe/Paris", "moment": "date"}
    saved = client.post(
        "/datasets/people/settings/", {**sent, "as_of": "2026-03-10", "erase-buys": "delete"}
    )

    assert saved.status_code == 302
    golden.refresh_from_db()
    assert golden.definition["schedule"] == {"cron": "30 6 * * *", "zone": "Europe/Paris"}
    assert golden.definition["as_of"] == "2026-03-10"
    assert golden.definition["erasure"] == {"buys": "delete"}
    refused = client.post("/datasets/people/settings/", {**sent, "as_of": "tomorrow"})
    assert 'value="tomorrow"' in text_of(refused, 422)
    client.post("/datasets/people/settings/", {"every": "never", "moment": "now", "as_of": "x"})
    golden.refresh_from_db()
    assert "as_of" not in golden.definition


def test_a_dataset_is_switched_off_and_removed(client, golden):  # noqa: ARG001
    """D1: those from the start stay; one that others lead to says by whom."""
    client.post("/datasets/people/disable/")
    assert Dataset.objects.get(name="people").is_enabled is False
    client.post("/datasets/people/enable/")

    used = text_of(client.get("/datasets/people/remove/"))
    assert "people is used by dataset &quot;buys&quot;" in used
    client.post("/datasets/buys/remove/")
    client.post("/datasets/people/remove/")

    assert not Dataset.objects.filter(name__in=("people", "buys")).exists()
    assert "menu__bad" not in text_of(client.get("/datasets/contacts/"))


def test_relations_are_shown_with_their_counts_and_changed(client, golden):  # noqa: ARG001
    """D18: found, without a match, blocked."""
    page = text_of(client.get("/datasets/buys/relations/?to=people"))
    tally = page.partition('class="tally"')[2].partition("</dl>")[0]
    assert "<dd>2</dd>" in tally
    assert "<dd>1</dd>" in tally
    assert "<option>email</option>" in page

    asked = {"name": "payer", "to": "people", "column": "customer_email", "key": "email"}
    assert client.post("/datasets/buys/relations/", asked).status_code == 302
    assert client.post("/datasets/buys/relations/", {"drop": "buyer"}).status_code == 302
    [relation] = Dataset.objects.get(name="buys").definition["relations"]
    assert (relation["name"], relation["match"]) == ("payer", {"email": "customer_email"})
    wrong = {**asked, "name": "No name"}
    assert 'role="alert"' in text_of(client.post("/datasets/buys/relations/", wrong), 422)


def test_who_may_only_read_changes_nothing(user_of, golden):
    """C108: pages show no button that is refused, and every change is."""
    add_role(name="looker", rights={"rights": ["datasets.read"]}, actor=SYSTEM)
    desk = Client()
    desk.force_login(user_of("Rea", "looker"))

    page = text_of(desk.get("/datasets/people/"))

    assert "Build now" not in page
    for address in ("build/", "settings/", "identity/", "groups/", "sources/", "remove/", "lift/"):
        assert desk.post(f"/datasets/people/{address}").status_code == 403, address
    assert desk.get("/datasets/people/identity/").status_code == 200
    golden.refresh_from_db()
    assert golden.last_build.state == "published"
