"""Files of imports and exports that hold a person, and lines of their reports (D91)."""

import gzip
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db.models import Q, QuerySet

from tresse.kernel.marks import N_
from tresse.records.erasing import Person, Place, dropping, holding, scrubbing
from tresse.transfers.changes.clearing import IDLE
from tresse.transfers.changes.exporting import path_of
from tresse.transfers.models import Export, Import, ImportFinding
from tresse.transfers.prepare import folder_of
from tresse.transfers.stage import Stage

BLOCK = 1 << 20
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")


def _needles(person: Person) -> list[bytes]:
    """Texts as files may write them. Letters of another case count too, so all are lower."""
    found = set()
    for text in (*person.texts, *person.names):
        for encoding in ENCODINGS:
            found.add(text.lower().encode(encoding, "ignore"))
    return sorted(each for each in found if each)


def holds(path: Path, needles: Iterable[bytes]) -> bool:
    """Whether a file, or a member of the archive that it is, holds one of some texts."""
    wanted = list(needles)
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return any(_in_member(archive, name, wanted) for name in archive.namelist())
        with path.open("rb") as file:
            is_packed = file.read(2) == b"\x1f\x8b"
        with gzip.open(path) if is_packed else path.open("rb") as opened:
            return _is_within(opened, wanted)
    except (OSError, EOFError, zipfile.BadZipFile, RuntimeError):
        # Nobody can say that it does not.
        return True


def _in_member(archive: zipfile.ZipFile, name: str, wanted: list[bytes]) -> bool:
    with archive.open(name) as member:
        return _is_within(member, wanted)


def _is_within(file: Any, wanted: list[bytes]) -> bool:
    longest = max((len(each) for each in wanted), default=0)
    before = b""
    while block := file.read(BLOCK):
        seen = before + block.lower()
        if any(each in seen for each in wanted):
            return True
        before = seen[-longest:] if longest else b""
    return False


def _imports(person: Person) -> Iterator[tuple[Import, Path]]:
    """Imports whose files, kept for 30 days, hold the person; none that a job has in hand."""
    needles = _needles(person)
    for row in Import.objects.filter(state__in=IDLE).order_by("pk").iterator():
        folder = folder_of(row.pk)
        if not folder.is_dir():
            continue
        files = [each for each in folder.rglob("*") if each.is_file()]
        if any(holds(each, needles) for each in files):
            yield row, folder


def _drop_imports(person: Person) -> int:
    number = 0
    for row, folder in list(_imports(person)):
        Stage(row.pk, folder).remove()
        shutil.rmtree(folder, ignore_errors=True)
        number += 1
    return number


def _exports(person: Person) -> Iterator[Path]:
    needles = _needles(person)
    for pk in Export.objects.filter(state="done").values_list("pk", flat=True):
        path = path_of(pk)
        if path.is_file() and holds(path, needles):
            yield path


def _drop_exports(person: Person) -> int:
    found = list(_exports(person))
    for path in found:
        shutil.rmtree(path.parent, ignore_errors=True)
    return len(found)


def _findings(person: Person) -> QuerySet[Any]:
    said = holding(ImportFinding.objects.all(), ("value", "details", "hint"), person)
    own = Q(record_id__in=person.every_record())
    return ImportFinding.objects.filter(Q(pk__in=said.values("pk")) | own)


PLACES = (
    Place(
        "import_files",
        N_("Files of imports"),
        lambda person: sum(1 for _ in _imports(person)),
        _drop_imports,
    ),
    dropping("import_findings", N_("Lines of reports of imports"), _findings),
    Place(
        "export_files",
        N_("Files of exports"),
        lambda person: sum(1 for _ in _exports(person)),
        _drop_exports,
    ),
    scrubbing(
        "imports",
        N_("What imports remember of their files"),
        lambda: Import.objects.filter(state__in=IDLE),
        ("file_name", "error", "plan_facts", "mapping"),
    ),
)
