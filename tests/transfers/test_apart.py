"""A large file is read by a process of its own, which ends with whoever asked for it."""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tresse.kernel.errors import TresseError
from tresse.objects.kinds.reading import Reading
from tresse.transfers.apart import Apart, Here, ReaderDied
from tresse.transfers.files import sniff
from tresse.transfers.options import NewOptions
from tresse.transfers.packing import packed, unpacked
from tresse.transfers.wanted import Cells, Wanted

OPTIONS = Reading(label="Size", options={"s": "s"}, option_labels={"s": "S"})
WANTED = Wanted(
    columns=(
        Cells(0, "email", "email", Reading(label="E-mail")),
        Cells(1, "born", "date", Reading(label="Born", date_order="dmy")),
        Cells(2, "size", "option", OPTIONS),
    ),
    keys=((0,),),
    decides=(True,),
    mapped=(0, 1, 2),
    kept=(3,),
    ignored=(4,),
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file of several chunks, some cells of it bad, some lines without key."""
    path = tmp_path_factory.mktemp("apart") / "x.csv"
    lines = ["email,born,size,company,fax"]
    for number in range(15_000):
        email = f"p{number}@ex.org" if number % 7 else ("", "no mail")[number % 2]
        size = ("s", "XL", "")[number % 3]
        lines.append(f"{email},{number % 40}.05.2020,{size},Łódź {number % 3},{number % 2 or ''}")
    lines.append('"never closed')
    path.write_text("\n".join(lines * 2) + "\n")
    return path


def plainly(chunks):
    """Chunks without hashes, which every process makes its own of."""
    return [
        (
            *(list(each.lines), each.blank, each.rejected, each.findings, each.ids, each.no_ids),
            *(each.columns, each.cells, each.given, each.digests),
            {number: len(hashes) for number, hashes in each.hashes.items()},
        )
        for each in chunks
    ]


def test_another_process_reads_the_same(file):
    """T64: values, findings, counts and unknown options."""
    form = sniff(file)
    here = Here(file, form, WANTED, NewOptions())
    apart = Apart(file, form, WANTED, NewOptions())

    chunks = plainly(apart)

    assert len(chunks) > 1
    assert chunks == plainly(here)
    assert apart.options == here.options
    assert apart.options.unknown["size"]["XL"] > 1


def test_a_killed_reader_is_noticed(file):
    """T66: an end before the end is no end."""
    apart = Apart(file, sniff(file), WANTED, NewOptions())
    chunks = iter(apart)
    next(chunks)
    os.kill(apart.pid, signal.SIGKILL)

    with pytest.raises(ReaderDied):
        list(chunks)
    assert not lives(apart.pid)


def test_a_reader_that_dies_at_once_is_noticed(file, monkeypatch):
    """T66: before it has read what it is asked, which is more than a pipe holds."""
    chosen = {"size": {str(number): "s" for number in range(50_000)}}
    apart = Apart(file, sniff(file), WANTED, NewOptions(chosen))
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(ReaderDied):
        list(apart)


def test_what_the_reader_refuses_is_refused_here(tmp_path):
    """T79: with code, sentence and values, as if this process had read the file."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"email": "a@ex.org"}\n')
    form = sniff(path)
    path.write_bytes(b'{"email": "a@ex.org"}\n{"email": "\xff"}\n')
    wanted = Wanted(columns=(WANTED.columns[0],))

    with pytest.raises(TresseError) as refused:
        list(Apart(path, form, wanted, NewOptions()))
    assert refused.value.code == "undecodable_text"
    assert refused.value.details["line"] == 2


def test_nobody_wants_the_rest(file):
    """T67: a cancelled import leaves no process behind."""
    apart = Apart(file, sniff(file), WANTED, NewOptions())
    chunks = iter(apart)
    next(chunks)
    assert lives(apart.pid)

    chunks.close()

    assert not lives(apart.pid)


def test_the_reader_ends_with_its_parent(file):
    """T66: kill -9 of the one that asked leaves no orphan."""
    program = (
        "import sys, time; from pathlib import Path; from tests.transfers import test_apart as t\n"
        "path = Path(sys.argv[1]); apart = t.Apart(path, t.sniff(path), t.WANTED, t.NewOptions())\n"
        "chunks = iter(apart); next(chunks); print(apart.pid, flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", program, str(file)]
    own = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=own) as parent:  # noqa: S603
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert lives(pid)
        parent.kill()
    patience = time.monotonic() + 20
    while lives(pid):
        assert time.monotonic() < patience
        time.sleep(0.05)


def lives(pid):
    """Whether a process runs, one that only waits to be looked after apart."""
    try:
        with open(f"/proc/{pid}/stat") as facts:
            return facts.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


VALUES = st.one_of(
    st.lists(st.none() | st.text(max_size=3)),
    st.lists(st.text(max_size=3)),
    st.lists(st.none() | st.integers(-(2**70), 2**70)),
    st.lists(st.integers(0, 5)),
    st.integers(0, 9).map(lambda first: list(range(first, first + 12))),
    st.lists(st.sampled_from([None, date(2027, 4, 3), date(1980, 1, 1)])),
    st.lists(st.sampled_from([True, False, None])),
    st.lists(st.sampled_from([Decimal("1.5"), Decimal("1.50"), None])),
    st.lists(st.sampled_from([Decimal("1.5"), Decimal("1.50"), 1, True, 1.0, None, "1", ""])),
)


@given(VALUES, st.integers(1, 6))
def test_a_packed_column_is_the_same(values, times):
    """Values and their types, whatever they are."""
    column = values * times
    if not column:
        return
    again = unpacked(packed(column))
    assert list(map(repr, again)) == list(map(repr, column))
