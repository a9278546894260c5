"""Golden records as a table and one by one: search, paging, provenance, why, setting apart."""

import csv
import io

import pytest
from django.test import Client

from tests.datasets.pages.conftest import built, id_of, text_of
from tresse.datasets.golden_rows import golden_page
from tresse.datasets.models import Decision, Pin
from tresse.sources.versions import engine

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("sort", ["", "email", "-email", "-_members", "tier"])
def test_pages_lead_on_and_back_whatever_they_are_sorted_by(golden, sort):
    """Keyset paging: each row once, empty values last, and the same pages backwards."""
    with engine() as session:

        def page(**cursor):
            return golden_page(session, golden.version, ["email"], sort=sort, limit=2, **cursor)

        pages = [page()]
        while pages[-1].following:
            pages.append(page(after=pages[-1].following))
        back = [pages[-1]]
        while back[-1].previous:
            back.append(page(before=back[-1].previous))

    ids = [row["_id"] for each in pages for row in each.rows]
    assert len(ids) == len(set(ids)) == 5
    assert [row["_id"] for each in reversed(back) for row in each.rows] == ids
    emails = [row["email"] for each in pages for row in each.rows]
    if sort == "email":
        known = [each for each in emails if each]
        assert emails == [*sorted(known), *[None] * (5 - len(known))]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (" MARY@X.fr ", 1),
        ("06 44 44 44 44", 1),
        ("+33 6 44 44 44 44", 1),
        ("shop/3", 1),
        ("T2", 1),
        ("Lovelace ada", 1),
        ("C2", 1),
        ("nothing like it", 0),
    ],
)
def test_a_search_takes_a_value_in_any_notation(client, golden, text, number):
    """D62's keys: identity values as they are compared, record keys, whole names."""
    with engine() as session:
        found = golden_page(session, golden.version, [], text=text)

    assert found.number == number
    assert str(number) in text_of(client.get("/datasets/people/rows/", {"q": text}))


def test_the_table_has_columns_by_choice_and_says_where_values_come_from(client, golden):  # noqa: ARG001
    """D75: each value answers with its source, record, time, method and candidates."""
    page = text_of(client.get("/datasets/people/rows/?columns=email,_members&which=joined"))
    heads = page.partition("<thead>")[2].partition("</thead>")[0]
    assert "email" in heads
    assert "loyalty_tier" not in heads
    assert "email" in text_of(client.get("/datasets/people/rows/")).partition("</thead>")[0]
    id_ = id_of(client, "mary@x.fr")

    there = f"/datasets/people/rows/{id_}/value/?column=email"
    card = text_of(client.get(there, headers={"HX-Request": "true"}))

    assert "<dt>Source</dt><dd><a" in card
    assert "till" in card
    assert "<dt>Record</dt><dd>T2</dd>" in card
    assert "<dt>Kept</dt><dd>latest</dd>" in card
    assert "<dt>Records with a value</dt><dd>2</dd>" in card
    assert client.get(there).url == f"/datasets/people/rows/{id_}/"


def test_a_file_holds_one_version_and_no_formulas(client, golden):
    """D130b, T84: the search and the columns of the page, guarded."""
    client.get("/datasets/people/rows/?columns=phone")

    answer = client.get("/datasets/people/rows.csv?q=C4")

    assert f"people_{golden.version.number}.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert [row["last_name"] for row in rows] == ["'=HYPERLINK(1)"]
    assert [row["phone"] for row in rows] == ["+33644444444"]


def test_a_file_needs_the_right_to_manage_datasets(golden, user_of):  # noqa: ARG001
    """D130b, T80: who may look at golden records page by page may not carry them all away."""
    client = Client()
    client.force_login(user_of("Max", "manager"))

    assert "rows.csv" not in text_of(client.get("/datasets/people/rows/"))
    assert client.get("/datasets/people/rows.csv").status_code == 403


def test_a_golden_record_shows_what_it_has_and_why(client, golden):
    """D130a: columns by group with why, records side by side, related rows."""
    id_ = id_of(client, "%2B33611111111")
    page = text_of(client.get(f"/datasets/people/rows/{id_}/"))

    assert "Why are these one?" in page
    assert "till/T1 · " in page
    assert "latest of 2 values" in page
    assert "the constant for “nothing known”" in page
    beside = page.partition('class="beside"')[2].partition("</table>")[0]
    assert '<td class="is-won">ADA</td>' in beside
    related = page.partition(">buys</h2>")[2].partition("</section>")[0]
    assert "/datasets/buys/rows/" in related
    other = text_of(client.get(f"/datasets/people/rows/{id_of(client, 'C2')}/"))
    assert "would join C2 with C1 in customer_id" in other
    assert f'href="/datasets/people/rows/{id_}/">See the other one' in other
    assert golden.version.rows == 5
    assert client.get(f"/datasets/people/rows/{'0' * 32}/").status_code == 404
    led = client.get("/datasets/people/rows/shop%2F1/")
    assert led.status_code in (302, 404)


def test_why_they_are_one_is_drawn_and_said(client, golden):  # noqa: ARG001
    """D62: the path of shared keys as a drawing, and the same in words."""
    id_ = id_of(client, "T1")
    page = text_of(client.get(f"/datasets/people/rows/{id_}/why/"))
    assert 'class="ties__pill "' in page
    assert "shop/1 and till/T1 have the same phone: +33611111111" in page

    path = text_of(client.get(f"/datasets/people/rows/{id_}/why/?a=till/T1&b=shop/1"))
    assert path.count('class="ties__record is-end') == 2
    apart = text_of(client.get("/datasets/people/why/?a=shop/1&b=shop/2"))
    assert "They are two" in apart
    assert "at most 1 in one" in apart
    assert 'class="ties__pill is-refused"' in apart
    strangers = text_of(client.get("/datasets/people/why/?a=shop/1&b=shop/4"))
    assert "They have no value in common" in strangers
    unknown = text_of(client.get("/datasets/people/why/?a=shop/1&b=shop/99"))
    assert 'role="alert"' in unknown


def test_a_golden_record_is_set_apart_and_comes_back(client, golden, owner):
    """D63: preview of parts and ids, then one click; withdrawing brings rows and ids back."""
    id_ = id_of(client, "T1")
    there = f"/datasets/people/rows/{id_}/apart/"
    assert 'name="record" value="till/T1"' in text_of(client.get(there))

    seen = text_of(client.post(there, {"record": ["till/T1"]}))
    assert "What would be there" in seen
    assert "keeps its id" in seen
    assert "new id" in seen
    assert not Decision.objects.exists()
    assert 'role="alert"' in text_of(client.post(there, {"record": []}), 422)
    done = client.post(there, {"record": ["till/T1"], "sure": "1", "reason": "Her daughter."})
    assert done.url == "/datasets/people/decisions/"
    built(golden, actor=owner)
    assert id_of(client, "T1") != id_
    decision = Decision.objects.get()
    assert "Her daughter." in text_of(client.get(done.url))

    client.post(f"/datasets/people/decisions/{decision.pk}/withdraw/")
    built(golden, actor=owner)

    assert id_of(client, "T1") == id_
    assert "Her daughter." in text_of(client.get(f"{done.url}?state=withdrawn"))


def test_a_value_is_pinned_and_the_pin_removed(client, golden, owner):
    """D74: it beats every method until it is removed."""
    id_ = id_of(client, "T1")
    there = f"/datasets/people/rows/{id_}/pin/"
    dialog = text_of(client.get(f"{there}?column=city", headers={"HX-Request": "true"}))
    assert "Pin city" in dialog
    assert "<html" not in dialog

    client.post(there, {"column": "city", "value": "Nantes"})
    built(golden, actor=owner)
    page = text_of(client.get(f"/datasets/people/rows/{id_}/"))
    assert "Nantes" in page
    assert "pinned by " in page
    client.post(there, {"column": "city", "act": "remove"})

    assert not Pin.objects.filter(removed_at=None).exists()
    again = client.post(there, {"column": "city", "act": "remove"})
    assert 'role="alert"' in text_of(again, 422)
    assert client.get(f"{there}?column=nothing").status_code == 404
