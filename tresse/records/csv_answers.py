"""Lists that pages hand out as CSV, line by line, however long."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse


def csv_answer(
    name: str, head: Sequence[str], lines: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """A file to be saved under a name: UTF-8 with byte order mark, commas."""

    def written() -> Iterator[str]:
        yield "\ufeff"
        yield _line(head)
        for line in lines:
            yield _line(line)

    answer = StreamingHttpResponse(written(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _line(values: Sequence[Any]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_guarded(value) for value in values])
    return out.getvalue()


def _guarded(value: Any) -> str:
    """Texts that a spreadsheet would run as a formula begin with an apostrophe (T84)."""
    text = str(value)
    return (
        f"'{text}" if text[:1] in "=+-@\t\r" and not text.lstrip("-").isdigit() and text else text
    )
