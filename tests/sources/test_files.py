"""Which files of a listing a source reads, in which order, and which it knows."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tresse.connections.kinds.base import FileSeen
from tresse.sources.definition import Read
from tresse.sources.files import BadPattern, compiled, matched, unread

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATED = r"contacts_(?P<date>\d{8})\.csv"


def seen(name, *, at=AT, size=1):
    return FileSeen(name, name, size, at)


def names(found):
    return [each.file.name for each in found]


def test_a_pattern_is_matched_against_the_whole_name():
    """S81: a regular expression on the whole name, with the date in it."""
    listing = [
        seen("contacts_20260301.csv"),
        seen("contacts_20260301.csv.bak"),
        seen("old_contacts_20260301.csv"),
        seen("contacts_2026031.csv"),
    ]

    found = matched(listing, Read(files=DATED), "Europe/Paris").candidates

    assert names(found) == ["contacts_20260301.csv"]
    # Midnight in Paris.
    assert found[0].date == datetime(2026, 2, 28, 23, tzinfo=UTC)


def test_a_beginning_is_compared_letter_by_letter():
    """S81: `starts_with` is no pattern."""
    listing = [seen("a.b_1.csv"), seen("axb_1.csv"), seen("A.b_1.csv")]
    found = matched(listing, Read(starts_with="a.b_"), "UTC").candidates
    assert names(found) == ["a.b_1.csv"]
    assert found[0].date is None


@pytest.mark.parametrize(
    ("pattern", "form", "name", "date"),
    [
        (
            r"o_(?P<date>[\d-]+)\.csv",
            "%d-%m-%Y",
            "o_01-03-2026.csv",
            datetime(2026, 3, 1, tzinfo=UTC),
        ),
        (
            r"o_(?P<date>\d+T\d+)\.csv",
            "%Y%m%dT%H%M",
            "o_20260301T1215.csv",
            datetime(2026, 3, 1, 12, 15, tzinfo=UTC),
        ),
        (r"o(_(?P<date>\d{8}))?\.csv", "%Y%m%d", "o.csv", None),
    ],
)
def test_reads_the_date_in_the_name(pattern, form, name, date):
    """S81: by `date_format`."""
    read = Read(files=pattern, date_format=form)
    (found,) = matched([seen(name)], read, "UTC").candidates
    assert found.date == date


def test_a_date_that_is_none_is_said_and_not_read():
    """S81: nobody guesses the date of a file."""
    found = matched(
        [seen("contacts_20261301.csv"), seen("contacts_20261201.csv")], Read(files=DATED), "UTC"
    )
    assert names(found.candidates) == ["contacts_20261201.csv"]
    assert [(file.name, text) for file, text in found.undated] == [
        ("contacts_20261301.csv", "20261301")
    ]


def test_files_are_read_by_date_time_and_name():
    """S82: the order is file date, modification time, name."""
    later = datetime(2026, 3, 2, tzinfo=UTC)
    listing = [
        seen("c_20260302.csv"),
        seen("b_20260301.csv", at=later),
        seen("z_20260301.csv"),
        seen("a_20260301.csv", at=later),
    ]
    found = matched(listing, Read(files=r"._(?P<date>\d{8})\.csv"), "UTC").candidates
    assert names(found) == ["z_20260301.csv", "a_20260301.csv", "b_20260301.csv", "c_20260302.csv"]


@examples(50)
@given(st.permutations([seen(f"o{n}.csv", at=AT.replace(hour=n % 3)) for n in range(6)]))
def test_the_order_of_the_listing_does_not_matter(listing):
    """S82: one order for one set of files."""
    found = names(matched(listing, Read(starts_with="o"), "UTC").candidates)
    assert found == ["o0.csv", "o3.csv", "o1.csv", "o4.csv", "o2.csv", "o5.csv"]


def test_unfinished_and_hidden_files_are_none():
    """S84: names of files that are still written."""
    hidden = [
        seen(name) for name in ("o.csv.part", "o.tmp", "o.filepart", ".o.csv", "o.CrDownload")
    ]
    assert matched([*hidden, seen("o.csv")], Read(files=r".*"), "UTC").candidates[0].file.name == (
        "o.csv"
    )
    assert len(matched(hidden, Read(files=r".*"), "UTC").candidates) == 0


def test_with_a_marker_a_file_waits_for_it():
    """S84: `ready: marker` takes a file only beside `<name>.done`; markers are no files."""
    listing = [seen("a.csv"), seen("a.csv.done"), seen("b.csv"), seen("c.done")]
    found = matched(listing, Read(files=r".*", ready="marker"), "UTC")
    assert names(found.candidates) == ["a.csv"]
    assert [each.name for each in found.unmarked] == ["b.csv"]
    without = matched(listing, Read(files=r".*\.csv"), "UTC")
    assert names(without.candidates) == ["a.csv", "b.csv"]


@dataclass
class Kept:
    path: str
    size: int
    modified_at: datetime | None


def test_a_file_is_known_by_path_size_and_time_before_it_is_brought_here():
    """S83: same path, other state: read again; of a server without times every file comes."""
    listing = [seen("same.csv"), seen("longer.csv", size=2), seen("new.csv")]
    later = seen("later.csv", at=AT.replace(hour=13))
    untimed = seen("untimed.csv", at=None)
    known = [Kept(name, 1, AT) for name in ("same.csv", "longer.csv", "later.csv")]
    known.append(Kept("untimed.csv", 1, None))

    found = matched([*listing, later, untimed], Read(files=r".*"), "UTC").candidates

    assert sorted(names(unread(found, known))) == [
        "later.csv",
        "longer.csv",
        "new.csv",
        "untimed.csv",
    ]


@pytest.mark.parametrize("pattern", ["(", "[z-a]", r"(?=a)", r"(a)\1", "x" * 1001, "(?P<date"])
def test_patterns_that_cannot_be_read_are_refused(pattern):
    with pytest.raises(BadPattern) as caught:
        compiled(pattern)
    assert str(caught.value)


def test_no_pattern_takes_for_ever():
    """S81: patterns are RE2; what takes other engines years takes no time."""
    listing = [seen("a" * 200 + "!")]
    started = time.monotonic()
    assert matched(listing, Read(files=r"(a+)+(a|a)*(a*)*$"), "UTC").candidates == ()
    assert time.monotonic() - started < 1
