"""Writes files of tests and reads them as sources do."""

from dataclasses import dataclass, field

from tresse.kernel.errors import TresseError
from tresse.sources.formats import LINE, FileForm, RejectedLine, Wanted, batches, form_of


@dataclass
class Got:
    """All that was read of a file; `rows` by their cells, `lines` where each begins."""

    form: FileForm
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejected: list[RejectedLine] = field(default_factory=list)
    blank: int = 0

    @property
    def told(self):
        """Line and code of each rejected row."""
        return [(each.line, each.code) for each in self.rejected]


def written(folder, content, name="x.csv", encoding="utf-8"):
    """A file with that content: bytes as they are, text in an encoding."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(file, /, columns=None, *, picked=None, member="", **wanted):
    """The form of a file, and its rows; `picked`: columns that must be there and are read."""
    columns = columns or picked
    form = form_of(file, Wanted(columns=picked or (), **wanted), member)
    got = Got(form)
    for part in batches(file, form, columns):
        *cells, lines = part.batch.to_pydict().values()
        assert part.batch.schema.names[-1] == LINE
        got.rows += zip(*cells, strict=True)
        got.lines += lines
        got.rejected += part.rejected
        got.blank += part.blank
    return got


def refused(file, /, **wanted):
    """The refusal of a file: its code and sentence."""
    try:
        form_of(file, Wanted(**wanted))
    except TresseError as error:
        return error.code, error.message
    raise AssertionError("nothing was refused")
