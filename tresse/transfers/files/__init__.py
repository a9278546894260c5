"""Files read: what a file is (`sniff`), and its rows with their line numbers (`rows`).

    form = sniff(path, name="contacts.csv", language=actor.language, reading=Reading(...))
    form.headers        # ("E-mail", "Deal > Company", "Deal > Company (2)"), width = len(headers)
    for chunk in rows(path, form):      # at most 20,000 records each, a stream
        chunk.columns   # form.width lists of len(chunk) texts, as in the file (kinds trim them)
        chunk.lines     # line number of each row
        chunk.rows      # the same cells row by row (slower)
        chunk.rejected  # rows not readable: Rejected(line, cells), one finding of level row each
        chunk.findings  # of level row (for `rejected`) and cell (for `left_out`)
        chunk.left_out  # (row position, column position) of cells to leave out: "" stands there
        chunk.blank     # lines without any value; they are no rows
        chunk.numbers   # column → rows of typed numbers, see `signed` and `telling`
        chunk.absent    # column → rows without such a cell (JSON lines)

Every line of the file is the header's, blank, in a row or in a rejected row. `sniff` reads the
whole file once and refuses with a `TresseError` of level file (T79); after it `rows` refuses
nothing. A format is a line in `engine.files.formats`; one with a reader can be imported.

Text is read where it stands (`delimited`). XLSX, ODS and JSON lines are unpacked beside the file
first (`tables`, decision 15). `writing` writes all five.
"""

from tresse.transfers.files.form import Chunk, FileForm, Reading, Rejected
from tresse.transfers.files.open import rows, sniff, telling

__all__ = ["Chunk", "FileForm", "Reading", "Rejected", "rows", "sniff", "telling"]
