"""Refused rows in the order of people, on every door, page by page (S100)."""

import json

import pytest
from click.testing import CliRunner
from django.test import Client

from tests.program import Program
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.kernel.errors import TresseError
from tresse.sources import api_runs
from tresse.sources.models import Rejection, SourceFile, SourceRun
from tresse.sources.queries import catalogue, rejections_of
from tresse.sources.refused_order import page_and_back, page_of
from tresse.sources.views import rejections as pages

pytestmark = pytest.mark.django_db
WANTED = [(1, None, 2), (1, None, 9), (0, None, None), (0, "a", 4), (0, "a", 30), (0, "b", 1)]
"Run, file and line of the rows below, as they are to stand."


@pytest.fixture
def row(source):
    """A source with rows refused in two runs, written in no order."""
    row = source()
    runs = [SourceRun.objects.create(source=row, mode="each", state="failed") for _ in "01"]
    files = {
        name: SourceFile.objects.create(source=row, run=runs[0], path=name, sha256=name)
        for name in "ab"
    }
    for at in (4, 2, 0, 5, 3, 1):
        run, file, line = WANTED[at]
        Rejection.objects.create(
            source=row,
            run=runs[run],
            file=files[file] if file else None,
            line=line,
            code="key_null",
            value=str(at),
            raw=json.dumps({"order_no": str(at)}),
        )
    return row


def values(rows):
    return [int(each.value) for each in rows]


def test_they_stand_by_newest_run_file_and_line(row):
    """S100: refused rows by newest run, then file in the order of reading, then line."""
    assert values(rejections_of(row)) == list(range(6))


@pytest.mark.parametrize("limit", [1, 2, 4, 6])
def test_pages_forth_and_back_show_each_row_once(row, limit):
    """S100: the cursor is the place of a row, so pages neither repeat nor lose one."""
    found = rejections_of(row)
    seen, starts, cursor = [], [], None
    while True:
        rows, cursor_back, following = page_and_back(found, cursor=cursor, limit=limit)
        starts.append(values(rows))
        seen += values(rows)
        if following is None:
            break
        cursor = following
    assert seen == list(range(6))
    for wanted in reversed(starts[:-1]):
        rows, cursor_back, _ = page_and_back(found, cursor=cursor_back, limit=limit)
        assert values(rows) == wanted


def test_a_row_that_went_does_not_shift_the_next_page(row):
    """S100: also when the row that ended a page was removed meanwhile."""
    rows, following = page_of(rejections_of(row), cursor=None, limit=3)
    Rejection.objects.filter(pk=rows[-1].pk).delete()

    assert values(page_of(rejections_of(row), cursor=following, limit=3)[0]) == [3, 4, 5]


@pytest.mark.parametrize(
    "cursor", ["7", "1-2-3", "1-2-3-x", "1-2--3-4", f"1-2-3-{10**20}", "²-1-1-1"]
)
def test_other_cursors_are_refused(row, cursor):
    with pytest.raises(TresseError) as found:
        page_of(rejections_of(row), cursor=cursor, limit=3)
    assert found.value.code == "bad_cursor"


def test_every_door_gives_them_in_that_order(row, ada, client, monkeypatch):
    """S100: page, REST, CSV, and `rows source_rejections`."""
    monkeypatch.setattr(api_runs, "A_PAGE", 4)
    monkeypatch.setattr(pages, "A_PAGE", 4)
    _, secret = add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)
    api, here = Program(client, secret), f"/sources/{row.name}/rejections"

    first = api("GET", here)[1]
    second = api("GET", f"{here}?cursor={first['next']}")[1]
    items = [*first["items"], *second["items"]]
    assert [each["value"] for each in items] == list("012345")
    api("GET", f"{here}.csv")
    text = b"".join(api.response.streaming_content).decode()
    assert [line.split(",")[6] for line in text.splitlines()[1:]] == list("012345")

    asked = ["rows", "source_rejections", "--columns", "value", "--json"]
    told = json.loads(CliRunner().invoke(cli, asked, prog_name="tresse").stdout)
    assert [each["value"] for each in told["rows"]] == list("012345")

    browser = Client()
    browser.force_login(User.objects.get(pk=ada.user_id))
    page = browser.get(f"/sources/{row.name}/rejected/")
    assert values(each["row"] for each in page.context["rejections"]) == [0, 1, 2, 3]
    following = browser.get(f"/sources/{row.name}/rejected/?cursor={page.context['next']}")
    assert values(each["row"] for each in following.context["rejections"]) == [4, 5]


def test_the_catalogue_counts_rows_that_are_open(row, ada):
    """S36: rejected rows of all runs that are open, not those of the last run alone."""
    run = SourceRun.objects.create(source=row, mode="each", state="unchanged")
    row.last_run = run
    row.save()
    Rejection.objects.filter(value="3").update(state=Rejection.ENTERED)

    [entry] = catalogue(ada, sort="-rejected")

    assert entry.rejected == 5
