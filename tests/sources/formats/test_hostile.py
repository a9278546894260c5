"""Hostile files: memory is bounded, time too, and nothing is lost in silence (S78, S86, S125).

Each is read by a process of its own that may not take more than a bound.
"""

import json
import subprocess
import sys

import pytest

READ = """
import json, resource, sys
from pathlib import Path
from tresse.kernel.errors import TresseError
from tresse.sources.formats import Wanted, batches, form_of

def read(path, wanted):
    said = {"rows": 0, "blank": 0, "told": []}
    try:
        form = form_of(path, Wanted(**wanted))
        for part in batches(path, form):
            said["rows"] += part.batch.num_rows
            said["blank"] += part.blank
            said["told"] += [(each.line, each.code) for each in part.rejected][:5]
    except TresseError as error:
        said["refused"] = error.code
    return said

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

small, wanted, *paths = sys.argv[1:]
read(Path(small), {})  # modules are loaded
before = most()
for path in map(Path, paths):
    print(json.dumps({**read(path, json.loads(wanted)), "mb": most() - before}))
"""


def read_apart(folder, *paths, **wanted):
    """What a process says that reads files: of each rows, rejections, and megabytes it took."""
    small = folder / "small.csv"
    small.write_text("a,b\n1,2\n")
    command = [sys.executable, "-c", READ, str(small), json.dumps(wanted), *map(str, paths)]
    done = subprocess.run(  # noqa: S603  our own program
        command, capture_output=True, text=True, check=True, timeout=120
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_line_of_two_gigabytes_is_passed_by(tmp_path):
    """S125: a 2 GB line; its file is read on after it."""
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.write(b"a,b\n1,2\n")
        file.seek(2 << 30, 1)
        file.write(b",x\n3,4\n")
    (said,) = read_apart(tmp_path, path, encoding="utf-8")
    assert (said["rows"], said["told"]) == (2, [[3, "cell_too_large"]])
    assert said["mb"] < 200


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_a_file_of_one_line_without_an_end_is_refused_or_rejected(tmp_path, format):
    """S125: not one line end in 80 MB."""
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.write(b'{"a": "' if format == "jsonl" else b"a")
        file.truncate(80 << 20)
    (said,) = read_apart(tmp_path, path, format=format)
    assert said.get("refused") == "cell_too_large" or said["told"] == [[1, "cell_too_large"]]
    assert said["mb"] < 200


def test_an_element_without_an_end_is_rejected(tmp_path):
    """S125: a JSON array that is one text of 80 MB."""
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.write(b'[{"a": 1}, {"a": "')
        file.write(b"x" * (80 << 20))
    (said,) = read_apart(tmp_path, path)
    assert (said["rows"], said["told"]) == (1, [[1, "could_not_parse_row"]])
    assert said["mb"] < 300


def test_memory_does_not_grow_with_the_file(tmp_path):
    """S78: whatever the lines are: open quotes, cells of two lines, blank, too short, too long."""
    lines = ['1,"a\n', '1,"a\nb",c\n', '1,"a\nb"\n', "\n", "1\n", "1,2,3\n"]
    paths = []
    for number, text in enumerate(lines):
        paths.append(tmp_path / f"{number}.csv")
        paths[-1].write_bytes(b"a,b\n" + text.encode() * (600_000 // len(text)))
    for said in read_apart(tmp_path, *paths, encoding="utf-8", separator=","):
        assert said["mb"] < 50
        assert said["rows"] + said["blank"] + len(said["told"]) > 0


def test_an_array_of_broken_elements_is_read_in_good_time(tmp_path):
    """S89: each is rejected where it stands, and the good ones between them are read."""
    path = tmp_path / "broken.json"
    lines = ['{"a": 1},', '{"a": 2', '{"a": "3},', '{"a": 4},'] * 1_000
    path.write_text("\n".join(["[", *lines, '{"a": 5}', "]"]))
    (said,) = read_apart(tmp_path, path)
    assert said["rows"] == 2_001
    assert said["mb"] < 200
