"""Writes files of tests and reads them with the product's own reader."""

from tresse.transfers.files import Reading, rows, sniff


def written(folder, content, encoding="utf-8", name="x.csv"):
    """A file with that content: bytes as they are, text in an encoding."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path, *, language="en", **choices):
    """The form of a file, and all that was read of it: rows, lines, findings, blank lines."""
    form = sniff(path, language=language, reading=Reading(**choices))
    cells, lines, findings, blank = [], [], [], 0
    for chunk in rows(path, form):
        cells += chunk.rows
        lines += chunk.lines
        findings += chunk.findings
        blank += chunk.blank
    return form, cells, lines, findings, blank


def told(findings):
    """Line and code of each finding."""
    return [(each.line, each.code) for each in findings]
