"""Pages of segments over a dataset: the builder, a segment, and where one is saved (G50, G73)."""

import json
from urllib.parse import urlencode

import pytest

from tests.datasets.pages.conftest import built, text_of
from tests.datasets.standing import publish
from tresse.objects.described import data_model
from tresse.segments.changes import add_segment, settle
from tresse.segments.models import Segment
from tresse.sources.models import Source

pytestmark = pytest.mark.django_db
SOMERVILLE = {"property": "last_name", "operator": "is", "value": "Somerville"}
IN_TEXT = urlencode({"filter": json.dumps(SOMERVILLE)})


@pytest.fixture
def somervilles(golden, owner):  # noqa: ARG001  what it is over
    return add_segment(
        base="people",
        label="Somervilles",
        filter=SOMERVILLE,
        keeps_size=True,
        model=data_model(),
        actor=owner,
    )


@pytest.mark.usefixtures("golden")
def test_the_page_of_rows_is_filtered_and_its_filter_saved(client):
    """G70: the house's editor; and Save as segment begins with the filter of the address"""
    whole = text_of(client.get("/datasets/people/rows/"))
    page = text_of(client.get(f"/datasets/people/rows/?{IN_TEXT}"))
    edited = {"filter": json.dumps({"all": [SOMERVILLE]}), "filter.0.sent": "1"}
    edited |= {"filter.0.operator": "is", "filter.0.value": "Byron"}
    led = client.get("/datasets/people/rows/", edited)

    assert "/filters/edit/?filter_object=dataset%3Apeople" in whole
    assert "Save as segment" not in whole
    assert "last_name is “Somerville”" in page
    assert "Mary Somerville" in page
    assert "Zoë" not in page
    assert "/segments/new/?base=dataset%3Apeople&amp;filter=" in page
    assert led.status_code == 302
    assert "Byron" in led.headers["Location"]


@pytest.mark.usefixtures("golden")
@pytest.mark.parametrize(
    ("filter", "sentence"),
    [
        ('{"property": "lastname", "operator": "is", "value": "x"}', "Did you mean"),
        ("{nonsense", "A filter is"),
    ],
)
def test_a_filter_that_cannot_be_read_shows_no_rows(client, filter, sentence):
    """G74, C33: and says why"""
    page = text_of(client.get("/datasets/people/rows/", {"filter": filter}))

    assert "The filter cannot be read" in page
    assert sentence in page
    assert "Mary Somerville" not in page


@pytest.mark.usefixtures("golden")
def test_the_builder_counts_and_samples_golden_records(client):
    """G73"""
    fields = {"filter_object": "dataset:people", "filter": json.dumps(SOMERVILLE)}

    new = text_of(client.get(f"/segments/new/?base=dataset:people&{IN_TEXT}"))
    count = text_of(client.post("/filters/count/", fields))
    why = text_of(client.post("/filters/why/", {**fields, "filter_record": "ada@x.fr"}))

    assert '<optgroup label="Datasets"><option value="dataset:buys">' in new
    assert "Somerville" in new
    assert '<b class="num">1</b> people' in count
    assert "Mary Somerville" in count
    assert "Ada" in why


@pytest.mark.usefixtures("golden")
def test_a_segment_is_made_and_shown(client):
    """G50, G51"""
    given = {"base": "dataset:people", "label": "Some", "sharing": "private"}
    made = client.post("/segments/new/", {**given, "filter": json.dumps(SOMERVILLE)})
    page = text_of(client.get("/segments/some/"))

    assert made.headers["Location"] == "/segments/some/"
    assert Segment.objects.get().base == "dataset:people"
    assert "last_name is “Somerville”" in page
    assert "Mary Somerville" in page
    assert "/datasets/people/rows.csv?all=1&amp;filter=" in page
    assert "Freeze as list" not in page
    assert "wrong" not in text_of(client.get("/segments/"))
    refused = text_of(client.post("/segments/some/freeze/", {"label": "x"}), status=422)
    assert "golden records are put on no list" in refused


def test_a_segment_shows_who_came_and_went(client, golden, somervilles, owner):
    """G52, G54, G58"""
    settle()
    shop = Source.objects.get(name="shop")
    names = ("id", "customer_id", "first_name", "last_name", "email")
    rows = [("1", "C1", "Ada", "Somerville", "ada@x.fr"), ("3", "C3", "Mary", "Else", "mary@x.fr")]
    publish(shop, [dict(zip(names, row, strict=True)) for row in rows])
    publish(Source.objects.get(name="till"), [])
    built(golden, actor=owner)

    page = text_of(client.get("/segments/somervilles/"))
    compared = text_of(client.get("/segments/somervilles/compare/"))

    assert "Came and went lately" in page
    assert 'Came in</span><a class="link trunc"' in page
    assert "Left</span>" in page
    assert "version 2" in page
    assert "There is no other segment" in compared
    assert somervilles.sizes.get().entered == 1
