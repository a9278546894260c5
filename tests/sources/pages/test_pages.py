"""Pages of sources by HTTP: the catalogue, the way to a new source, its tabs, what is refused."""

import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.sources.pages.conftest import read
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here
from tresse.sources.changes.sources import add_source
from tresse.sources.models import Rejection, Source, SourceRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(person):
    """A browser without scripts, signed in."""
    found = Client()
    found.force_login(person)
    return found


def text_of(answer):
    assert answer.status_code == 200, answer.content.decode()[:3000]
    return " ".join(answer.content.decode().split())


def test_the_catalogue_shows_each_source_with_rows_and_rejections(client, orders):  # noqa: ARG001
    """S36: entity, rows, last run, rejected rows, freshness, what it feeds; sorts and filters."""
    page = text_of(client.get("/sources/?sort=-rows"))

    assert page.index("shop_customers") > 0
    assert page.index("shop_orders") > 0
    assert "Orders" in page
    assert 'href="/sources/shop_orders/rejected/"' in page
    assert 'aria-sort="descending"' in page
    only = text_of(client.get("/sources/?q=custom&sort=nonsense&state=nonsense"))
    assert "shop_orders" not in only.partition("<table")[2]


def test_five_hundred_sources_are_there_within_a_second(client, shop):
    """S36: the whole catalogue, in few statements."""
    definition = {"connection": "shop", "read": {"starts_with": "x"}, "entity": "orders"}
    names = [f"orders_{number}" for number in range(500)]
    Source.objects.bulk_create(
        Source(
            name=name,
            connection=shop,
            entity="orders",
            definition={**definition, "name": name, "record_key": ["id"]},
            is_reviewed=True,
        )
        for name in names
    )
    client.get("/sources/?q=nothing")

    with CaptureQueriesContext(connection) as seen:
        begun = time.process_time()
        page = text_of(client.get("/sources/"))
        taken = time.process_time() - begun

    assert page.count("/sources/orders_") == 500
    assert len(seen) < 20
    assert taken < 1


def test_a_source_is_made_of_files_without_scripts(client, shop):  # noqa: ARG001
    """S121: the whole way by forms alone; S53: nothing is read before a person looked."""
    page = text_of(client.get("/sources/new/shop/"))
    assert r"customers\.csv" in page
    assert r"orders_(?P&lt;date&gt;\d{8})\.csv" in page
    families = page.partition("What lies there")[2].partition("Files whose names")[0]
    assert "notes.pdf" not in families

    made = client.post("/sources/new/shop/", {"match": "files", "pattern": r"customers\.csv"})
    assert made.url == "/sources/shop_customers/columns/"
    source = Source.objects.get()
    assert source.is_reviewed is False
    assert source.entity == "contacts"
    assert source.definition["record_key"] == ["customer_id"]

    page = text_of(client.get(made.url))
    assert "Found over 3 rows of 1 file" in page
    assert "phone holds words that may mean nothing" in page

    names = [column["name"] for column in source.detected_columns]
    answer = client.post(
        made.url,
        {
            "pick": [name for name in names if name != "phone"],
            "key": ["customer_id"],
            "entity": "contacts",
            "modified_at": "updated_at",
            **{f"type-{each['name']}": each["type"] for each in source.detected_columns},
        },
    )
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert answer.url == "/sources/shop_customers/start/"
    source = Source.objects.get()
    assert source.is_reviewed
    assert [each["name"] for each in source.definition["columns"]] == [
        name for name in names if name != "phone"
    ]

    assert "Every day" in text_of(client.get(answer.url))
    answer = client.post(answer.url, {"every": "day", "time": "06:30", "zone": "Europe/Paris"})
    run = SourceRun.objects.get()
    assert answer.url == f"/sources/shop_customers/runs/{run.pk}/"
    source.refresh_from_db()
    assert source.definition["schedule"] == {"cron": "30 6 * * *", "zone": "Europe/Paris"}

    run_here(Job.objects.get(kind="extraction"))
    page = text_of(client.get(answer.url))
    assert "All 3 rows are new because this source had not been read before." in page


def test_the_page_says_which_files_a_pattern_takes(client, shop, folder):  # noqa: ARG001
    """S81: as a run would; a pattern that cannot be read is refused in words, and files stay."""
    (folder / "orders_20260505.csv.part").write_text("order_no\n", encoding="utf-8")

    asked = {"match": "files", "try": "1"}

    page = text_of(client.post("/sources/new/shop/", {**asked, "pattern": "orders_.*"}))
    broken = text_of(client.post("/sources/new/shop/", {**asked, "pattern": "orders_("}))

    assert '<span class="mono">orders_20260504.csv</span>' in page
    assert '<span class="mono muted">orders_20260505.csv.part</span>' in page
    assert "orders_(" in broken.partition('role="alert"')[2].partition("</div>")[0]
    assert '<span class="mono muted">orders_20260504.csv</span>' in broken


def test_a_date_of_unknown_order_is_asked(client, shop):  # noqa: ARG001
    """S54: both orders fit, so the page asks, and goes no further without an answer."""
    client.post("/sources/new/shop/", {"match": "starts_with", "pattern": "orders_"})
    source = Source.objects.get()
    there = f"/sources/{source.name}/columns/"
    assert "Which is first?" in text_of(client.get(there))
    names = [column["name"] for column in source.detected_columns]
    sent = {"pick": names, "key": ["order_no"], "entity": "orders"}

    refused = client.post(there, {**sent, "format-placed_on": ""})
    assert refused.status_code == 422
    assert "placed_on" in refused.content.decode()

    taken = client.post(there, {**sent, "format-placed_on": "%d/%m/%Y"})
    assert taken.status_code == 302
    source.refresh_from_db()
    assert source.is_reviewed


def test_every_count_of_a_run_has_a_sentence(client, orders, owner):
    """S112: figures with what they mean; S111: files, times, and the rest of what is recorded."""
    run = orders.last_run
    page = text_of(client.get(f"/sources/shop_orders/runs/{run.pk}/"))

    assert "rows were read, from 1 file." in page
    assert f"{run.new} rows are new because this source had not been read before." in page
    assert f'href="/sources/shop_orders/rejected/?run={run.pk}"' in page
    assert "orders_20260504.csv" in page

    asked = {"HX-Request": "true"}
    assert "A1" in text_of(client.get("/sources/shop_orders/sample/", headers=asked))
    keys = text_of(client.get("/sources/shop_orders/keys/", headers=asked))
    assert "It tells every row from the others." in keys
    assert 'id="filled-0"' in keys

    second = read(orders, owner)
    page = text_of(client.get(f"/sources/shop_orders/runs/{second.pk}/"))
    assert "Nothing is new; the version before stays" in page
    for tab in ("", "columns/", "relations/", "runs/", "rejected/", "settings/", "computed/"):
        assert "shop_orders" in text_of(client.get(f"/sources/shop_orders/{tab}"))


def test_rejected_rows_are_filtered_and_given_as_a_file(client, orders):
    """S100: why, with the line, the column and what stood there; as a CSV with the columns."""
    page = text_of(client.get("/sources/shop_orders/rejected/"))
    assert "The key column" in page
    codes = set(Rejection.objects.filter(source=orders).values_list("code", flat=True))
    assert codes == {"key_null", "could_not_parse_number", "incorrect_number_of_columns"}

    one = text_of(client.get("/sources/shop_orders/rejected/?code=key_null"))
    assert "twelve" not in one.partition("<tbody>")[2]

    answer = client.get("/sources/shop_orders/rejected.csv?code=could_not_parse_number")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert lines[0].endswith("order_no,customer_id,total,placed_on")
    assert "A5,7,twelve" in lines[1]


def test_corrected_rows_are_given_back_on_the_page(client, orders):
    """S105: the file of rejected rows, corrected, enters what is right now."""
    answer = client.get("/sources/shop_orders/rejected.csv?code=could_not_parse_number")
    text = b"".join(answer.streaming_content).decode()
    file = SimpleUploadedFile("again.csv", text.replace("A5,7,twelve", "A5,7,12").encode())

    there = f"/sources/shop_orders/runs/{orders.last_run_id}/again/"
    sent = client.post(there, {"file": file})

    job = Job.objects.filter(kind="extraction").latest("pk")
    run_here(job)
    page = text_of(client.get(sent.url))
    assert "rejected row was read again" in page
    orders.refresh_from_db()
    assert orders.version.rows == 4


def test_a_reading_that_would_delete_too_much_waits_for_a_person(client, shop, owner, folder):  # noqa: ARG001
    """S80: it is held and says why; published only when a person says so."""
    everything = "id;name\n" + "".join(f"{number};x\n" for number in range(50))
    (folder / "stock.csv").write_text(everything)
    read_ = {"files": r"stock\.csv", "format": "csv", "file_holds": "all"}
    item = {"name": "stock", "connection": "shop", "read": read_, "entity": "products"}
    item |= {"record_key": ["id"], "extract": {"deletes": "absent"}}
    source = add_source(item, actor=owner)
    assert read(source, owner).state == "published"
    (folder / "stock.csv").write_text("id;name\n1;x\n")
    run = read(source, owner)

    page = text_of(client.get(f"/sources/stock/runs/{run.pk}/"))
    assert "This reading waits for you" in page
    assert "Publish it all the same" in page
    assert "would be marked as deleted" in page

    client.post(f"/sources/stock/runs/{run.pk}/publish/")
    run_here(Job.objects.filter(kind="extraction").latest("pk"))
    page = text_of(client.get(f"/sources/stock/runs/{run.pk}/"))
    assert "49 rows are gone at the source" in page.replace("</dt><dd>", " ")


def test_relations_say_what_they_match(client, orders):  # noqa: ARG001
    """S47: matched, unmatched and empty, with examples."""
    page = text_of(client.get("/sources/shop_orders/relations/"))

    assert "Matched" in page
    assert '<span class="mono">70</span>' in page


def test_a_column_is_tried_before_it_is_kept(client, customers):
    """S63: a rule shows before and after with counts; only Save keeps it."""
    there = "/sources/shop_customers/column/?name=first_name"
    page = text_of(client.post(there, {"type": "text", "rule": [], "more": "upper", "act": "add:"}))
    assert "ADA" in page
    assert "Of 3 rows: 3 changed, 0 empty afterwards." in page
    customers.refresh_from_db()
    assert "upper" not in str(customers.definition)

    client.post(there, {"type": "text", "rule": ["upper"], "save": "1"})
    customers.refresh_from_db()
    kept = {each["name"]: each for each in customers.definition["columns"]}
    assert kept["first_name"]["rules"] == ["upper"]
    assert customers.needs_full


def test_another_key_says_what_follows_first(client, customers):
    """S45: rows would be read again, so the page asks before it saves."""
    names = [each["name"] for each in customers.definition["columns"] if isinstance(each, dict)]
    sent = {"pick": names, "key": ["email"], "entity": "contacts"}

    page = text_of(client.post("/sources/shop_customers/columns/", sent))
    assert "The next run reads everything again" in page
    customers.refresh_from_db()
    assert customers.definition["record_key"] == ["customer_id"]

    client.post("/sources/shop_customers/columns/", {**sent, "sure": "1"})
    customers.refresh_from_db()
    assert customers.definition["record_key"] == ["email"]


def test_a_computed_column_is_tried_and_kept(client, customers):
    """S62: a formula over the columns of a row, with its result before it is saved."""
    there = "/sources/shop_customers/computed/"
    typed = {"name": "shout", "sql": "upper(first_name)"}
    assert "ADA" in text_of(client.post(there, {**typed, "try": "1"}))
    customers.refresh_from_db()
    assert "computed" not in customers.definition

    client.post(there, {**typed, "save": "1"})
    customers.refresh_from_db()
    assert customers.definition["computed"] == [typed]
    refused = client.post(there, {"name": "other", "sql": "nothing(here)", "save": "1"})
    assert refused.status_code == 422


def test_settings_hold_times_and_how_it_is_read(client, customers):
    """S114: a schedule as people choose it; the definition as a file beside it."""
    there = "/sources/shop_customers/settings/"
    page = text_of(client.get(there))
    assert "name: shop_customers" in page
    sent = {"every": "quarter", "zone": "Europe/Paris", "mode": "each", "file_holds": "all"}
    sent |= {"deletes": "absent", "match": "files", "pattern": r"customers\.csv"}
    sent |= {"afterwards": "leave"}

    assert client.post(there, sent).status_code in (200, 302)
    client.post(there, {**sent, "sure": "1"})
    customers.refresh_from_db()
    assert customers.definition["schedule"]["cron"] == "*/15 * * * *"
    assert customers.definition["extract"] == {"deletes": "absent"}
    assert customers.definition["read"]["file_holds"] == "all"

    refused = client.post(there, {**sent, "every": "own", "cron": "now and then"})
    assert refused.status_code == 422
    assert "now and then" in refused.content.decode()


def test_a_source_is_switched_off_and_removed(client, customers):
    """S7: its versions go with it, the connection stays."""
    client.post("/sources/shop_customers/disable/")
    customers.refresh_from_db()
    assert not customers.is_enabled
    assert "Switched off" in text_of(client.get("/sources/"))

    assert "Remove shop_customers?" in text_of(client.get("/sources/shop_customers/remove/"))
    assert client.post("/sources/shop_customers/remove/").url == "/sources/"
    assert not Source.objects.exists()
    assert "shop" in text_of(client.get("/connections/"))


def test_who_may_only_look_sees_no_way_to_change(user_of, customers):  # noqa: ARG001
    """S4: with `datasets.read` one looks; what changes anything is refused, and not offered."""
    found = Client()
    found.force_login(user_of("Max", "manager"))

    page = text_of(found.get("/sources/shop_customers/columns/"))

    assert "Read now" not in page
    assert "disabled" in page
    assert found.post("/sources/shop_customers/run/").status_code == 403
    assert found.post("/sources/shop_customers/columns/", {}).status_code == 403
    assert found.get("/sources/new/").status_code == 403


def test_who_may_not_look_sees_nothing(user_of, customers):  # noqa: ARG001
    """S4: without `datasets.read` there is no catalogue, and no link to it."""
    found = Client()
    found.force_login(user_of("Rea", "reader"))

    assert found.get("/sources/").status_code == 403
    assert found.get("/sources/shop_customers/").status_code == 403
    assert "/sources/" not in text_of(found.get("/contacts/"))
