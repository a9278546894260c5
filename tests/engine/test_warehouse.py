"""Versions are whole or not there, whatever happens to the process that writes them."""

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tresse.engine.warehouse import Warehouse

FILES, ROWS = 3, 1000


def fill(folder: Path, number: int) -> None:
    """A version whose every value is its number."""
    for i in range(FILES):
        pq.write_table(pa.table({"n": [number] * ROWS}), folder / f"part-{i}.parquet")


def seen(files: list[Path]) -> tuple[int, set[int]]:
    columns = [pq.read_table(file).column("n").to_pylist() for file in files]
    return sum(map(len, columns)), {n for column in columns for n in column}


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(tmp_path / "warehouse")


def published(warehouse: Warehouse, number: int) -> Path:
    aside = warehouse.aside("source_1")
    fill(aside, number)
    return warehouse.publish(aside, "source_1", number)


def test_a_version_stands_under_its_owner_and_number(warehouse):
    folder = published(warehouse, 7)

    assert folder == warehouse.folder("source_1", 7)
    assert seen(warehouse.files("source_1", 7)) == (FILES * ROWS, {7})
    assert warehouse.numbers("source_1") == [7]
    assert warehouse.numbers("source_2") == []
    assert warehouse.files("source_2", 1) == []


def test_strays_are_what_no_row_and_no_run_owns(warehouse):
    published(warehouse, 1)
    unknown = published(warehouse, 2)
    running, left = warehouse.aside("source_1"), warehouse.aside("source_1")

    assert warehouse.strays([("source_1", 1)], running=[running]) == sorted([unknown, left])
    assert Warehouse(warehouse.root / "none").strays([]) == []


def test_a_number_left_by_a_killed_run_is_written_anew(warehouse):
    """S71: a folder without a row is no version."""
    published(warehouse, 1)

    again = warehouse.aside("source_1")
    fill(again, 9)
    warehouse.publish(again, "source_1", 1)

    assert seen(warehouse.files("source_1", 1)) == (FILES * ROWS, {9})
    assert len(warehouse.strays([("source_1", 1)])) == 1


def test_removes_versions_and_owners(warehouse):
    for number in (1, 2, 3):
        published(warehouse, number)

    warehouse.remove("source_1", 2)
    warehouse.remove("source_1", 2)
    assert warehouse.numbers("source_1") == [1, 3]
    warehouse.remove_owner("source_1")
    warehouse.remove_owner("source_1")
    assert warehouse.numbers("source_1") == []
    assert warehouse.strays([]) == []


def test_open_files_of_a_removed_version_are_read_to_their_end(warehouse):
    published(warehouse, 1)
    with pq.ParquetFile(warehouse.files("source_1", 1)[0]) as file:
        warehouse.remove("source_1", 1)
        assert file.read().num_rows == ROWS


@pytest.mark.parametrize("owner", ["", "..", "a/b", "A", "a" * 81, "a b"])
def test_owners_are_plain_names(warehouse, owner):
    for call in (warehouse.aside, warehouse.numbers, warehouse.remove_owner):
        with pytest.raises(ValueError, match="no name of an owner"):
            call(owner)


def test_a_hundred_readers_see_whole_versions_while_others_are_published(warehouse):
    """S71: nobody sees half a version."""
    published(warehouse, 1)
    current, wrong, reads = [1], [], []
    done = threading.Event()

    def reader() -> None:
        while not done.is_set():
            number = current[0]  # as the row of the operational database says
            found = seen(warehouse.files("source_1", number))
            reads.append(number)
            if found != (FILES * ROWS, {number}):
                wrong.append((number, found))

    readers = [threading.Thread(target=reader) for _ in range(100)]
    for each in readers:
        each.start()
    for number in range(2, 8):
        published(warehouse, number)
        current[0] = number
    done.set()
    for each in readers:
        each.join()
    assert wrong == []
    assert len(reads) >= 100


WRITER = """
import sys
from pathlib import Path
import pyarrow as pa
import pyarrow.parquet as pq
from tresse.engine.warehouse import Warehouse
warehouse = Warehouse(Path(sys.argv[1]))
print("begun", flush=True)
for number in range(1, 10_000):
    aside = warehouse.aside("source_1")
    for i in range(3):
        pq.write_table(pa.table({"n": [number] * 1000}), aside / f"part-{i}.parquet")
    warehouse.publish(aside, "source_1", number)
"""


def test_a_killed_writer_leaves_whole_versions_and_strays(warehouse):
    """S71, S117: `kill -9` at any moment."""
    for pause in (0.0, 0.013, 0.041):
        process = subprocess.Popen(  # noqa: S603  our own text
            [sys.executable, "-c", WRITER, str(warehouse.root)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        numbers = warehouse.numbers("source_1")
        for number in numbers:
            assert seen(warehouse.files("source_1", number)) == (FILES * ROWS, {number})
    known = [("source_1", number) for number in numbers]
    assert all(each.parent.name == ".aside" for each in warehouse.strays(known))
