"""Files of sources read: what a file is (`form_of`), and its rows with their lines (`batches`).

    for member in members(path, wanted):            # ("",), or the files in a zip
        form = form_of(path, wanted, member)        # refuses the file: a TresseError (S86 to S88)
        for part in batches(path, form, columns):   # a stream; memory stays flat
            part.batch      # Arrow: `columns` as text, null where empty, then `_line`
            part.rejected   # rows not readable: RejectedLine(line, refusal, details, raw) (S89)
            part.blank      # lines without any value

Every line after the header is in a row, in a rejected one, or blank.

A file may be packed (`.gz .bz2 .zip .zst`), which is told by its content, not by its name. Each
file of a zip is a file of its own, with a name such as `orders.zip/january.csv`, lines from 1 and a
form of its own: another header, another encoding.
"""

from tresse.sources.formats.form import LINE, FileForm, Part, RejectedLine, Wanted
from tresse.sources.formats.opening import batches, form_of, members

__all__ = [
    "LINE",
    "FileForm",
    "Part",
    "RejectedLine",
    "Wanted",
    "batches",
    "form_of",
    "members",
]
