"""Files that were refused: they stay in sight, and are read once they can be (S36, S83, S88)."""

import io
import zipfile

import pytest
from django.test import Client

from tests.sources.extraction.conftest import counts, orders, put, read, stored
from tresse.accounts.actor import SYSTEM
from tresse.kernel.errors import TresseError
from tresse.sources.changes.runs import extract
from tresse.sources.changes.sources import change_source, merged
from tresse.sources.models import SourceFile
from tresse.sources.notes import refused_notes
from tresse.sources.queries import catalogue, source_named
from tresse.sources.refused import refused_paths
from tresse.sources.shown import source_state
from tresse.sources.told import entry_told

HEADER = "order_no;total;mail\n"
OTHER = "order_no;totals;mail\n"
NAME = "orders_20260301.csv"


@pytest.fixture
def refused(folder):
    """A source of two files, of which one was refused."""
    put(folder, NAME, OTHER + "1;1;a@x.fr\n")
    put(folder, "orders_20260302.csv", HEADER + "2;2;a@x.fr\n")
    source = orders()
    read(source)
    return source


def test_a_refused_file_stays_in_sight(refused):
    """S36, S88: until it is read, the catalogue and the source's page say which and why."""
    assert read(refused).state == "unchanged"

    [entry] = catalogue(SYSTEM)
    assert (entry.refused_files, entry_told(entry)["refused_files"]) == (1, 1)
    assert source_state(entry.source) == ("1 file refused", "warn")
    [note] = refused_notes(refused, "/sources/orders/", is_live=False)
    assert NAME in note.text
    assert "total" in note.text
    assert (note.action, note.fields) == ("/sources/orders/run/", (("refused", "1"),))
    [live] = refused_notes(refused, "/sources/orders/", is_live=True)
    assert not live.buttons


def test_its_page_has_the_button_that_reads_it_again(refused, person):
    """S36, S83: the catalogue and the overview say it; one click asks for it."""
    browser = Client()
    browser.force_login(person)
    assert "1 file refused" in browser.get("/sources/").content.decode()
    page = browser.get("/sources/orders/").content.decode()
    assert NAME in page
    assert "Read them again" in page

    browser.post("/sources/orders/run/", {"refused": "1", "act": "again"})

    refused.refresh_from_db()
    assert refused.last_run.arguments == {"refused": True}
    assert "Read them again" not in browser.get("/sources/orders/").content.decode()


def test_it_is_tried_again_once_the_definition_is_another(refused):
    """S83, S88: a refused file is not known to a definition that has not refused it."""
    columns = [
        {"name": "order_no", "type": "integer"},
        {"name": "mail", "type": "text"},
    ]
    source = change_source(refused, merged(refused, {"columns": columns}), actor=SYSTEM)

    run = read(source)

    assert counts(run)["new"] == 1
    assert sorted(stored(source)) == ["1", "2"]
    assert refused_paths(source.pk) == []
    assert source_state(source_named("orders", SYSTEM))[0] == "Healthy"


def test_it_is_tried_again_when_a_person_asks(refused):
    """S83: asked for, it is read again as it is; refused again it counts once."""
    run = read(refused, refused=True)

    assert (run.state, run.arguments) == ("unchanged", {})
    assert SourceFile.objects.filter(path=NAME, state="refused").count() == 2
    assert refused_paths(refused.pk) == [NAME]
    read(refused)
    assert SourceFile.objects.filter(path=NAME).count() == 2


def test_a_corrected_file_is_read_and_no_longer_shown(refused, folder):
    """S83: same path with new content is read again."""
    put(folder, NAME, HEADER + "1;100;a@x.fr\n")

    run = read(refused)

    assert counts(run) == {"read": 1, "new": 1}
    assert refused_paths(refused.pk) == []


def test_a_file_that_is_gone_is_no_longer_shown(refused, folder):
    """S83: whoever takes it away has settled it; when it comes back it is read like a new one."""
    text = (folder / NAME).read_text()
    (folder / NAME).unlink()
    read(refused)
    assert refused_paths(refused.pk) == []

    put(folder, NAME, text)
    read(refused)

    assert refused_paths(refused.pk) == [NAME]


def test_a_refused_member_of_a_zip_is_there_as_long_as_its_archive(refused):
    """S83: a member is listed by its archive."""
    SourceFile.objects.filter(path=NAME).update(path=f"{NAME}/march.csv")

    read(refused)

    assert f"{NAME}/march.csv" in refused_paths(refused.pk)


def test_a_refused_member_of_a_zip_is_tried_again_with_its_archive(folder):
    """S83, S91: the archive is known, but not what was refused of it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", HEADER + "1;1;a@x.fr\n")
        archive.writestr("b.csv", HEADER + "2;2;b@x.fr\n" + "".join(f"{n}\n" for n in range(21)))
    put(folder, "orders_20260301.csv.zip", packed.getvalue())
    source = orders(read={"files": r"orders_(?P<date>\d{8})\.csv\.zip"})
    read(source)
    assert refused_paths(source.pk) == ["orders_20260301.csv.zip/b.csv"]
    assert SourceFile.objects.count() == 2

    run = read(source, refused=True)

    assert counts(run) == {"read": 1, "unchanged": 1}
    assert refused_paths(source.pk) == ["orders_20260301.csv.zip/b.csv"]
    assert SourceFile.objects.count() == 4
    assert read(source).state == "unchanged"
    assert SourceFile.objects.count() == 4


def test_of_what_is_read_once_only_refused_files_are_read_again(folder):
    """S82: `once` reads no other files later."""
    put(folder, NAME, OTHER + "1;1;a@x.fr\n")
    put(folder, "orders_20260302.csv", HEADER + "2;2;a@x.fr\n")
    source = orders(extract={"mode": "once"})
    read(source)
    put(folder, NAME, HEADER + "1;1;a@x.fr\n")
    put(folder, "orders_20260303.csv", HEADER + "3;3;a@x.fr\n")

    assert read(source).state == "skipped"
    run = read(source, refused=True)

    assert counts(run) == {"read": 1, "new": 1}
    assert sorted(stored(source)) == ["1", "2"]


def test_asking_joins_a_run_that_waits(refused):
    """S110: a run that has not begun takes them too; one that goes on does not."""
    run, _ = extract(refused, actor=SYSTEM)
    joined, _ = extract(refused, actor=SYSTEM, refused=True)
    assert (joined.pk, joined.arguments) == (run.pk, {"refused": True})
    run.refresh_from_db()
    run.state, run.arguments = "running", {}
    run.save()

    with pytest.raises(TresseError) as caught:
        extract(refused, actor=SYSTEM, refused=True)

    assert caught.value.code == "run_going_on"
