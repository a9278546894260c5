"""What a file of a source, or a line of it, is refused for."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

FILE_HOLDS_NOTHING = Refusal("file_is_empty", 422, N_("{file} is empty: it has no header."))
ZIP_HOLDS_NOTHING = Refusal("file_is_empty", 422, N_("{file} is a zip without any file."))
FILE_TOO_LARGE = Refusal(
    "file_too_large", 413, N_("{file} holds more than {most} when unpacked. Split it.")
)
MEMBER_GONE = Refusal("file_is_damaged", 422, N_('{file} holds no file "{member}" any more.'))
HEADER_MISSING = Refusal(
    "header_missing",
    422,
    N_('{file} has no header: its first line holds "{value}". Put the names of the columns there.'),
)
HEADER_REPEATED = Refusal(
    "header_repeated",
    422,
    N_('{file} has the column "{column}" twice, at {first} and {second}. Names must differ.'),
)
HEADER_MISMATCH = Refusal("header_mismatch", 422, N_('{file} has no column "{column}".'))
HEADERS_MISMATCH = Refusal("header_mismatch", 422, N_("{file} has no columns {columns}."))
PATH_NOT_FOUND = Refusal("path_not_found", 422, N_('{file} has no array at "{path}".'))
PATH_NEEDED = Refusal(
    "path_not_found",
    422,
    N_('{file} is a JSON object, not an array. Say where in it the array is, as "{path}".'),
)

WRONG_CELLS = Refusal(
    "incorrect_number_of_columns",
    422,
    N_("Line {line} has {cells} cells, the header has {columns}."),
)
QUOTE_OPEN = Refusal(
    "could_not_parse_row", 422, N_("The quote opened on line {line} is never closed.")
)
NO_OBJECT = Refusal("could_not_parse_row", 422, N_("What begins on line {line} is no JSON object."))
KEY_TWICE = Refusal(
    "could_not_parse_row", 422, N_('The object on line {line} has the key "{key}" twice.')
)
ARRAY_OPEN = Refusal(
    "could_not_parse_row",
    422,
    N_("The array is not closed where the file ends, on line {line}. Is it complete?"),
)
UNDECODABLE_LINE = Refusal(
    "undecodable_text",
    422,
    N_("Line {line}: byte {byte} is no text in {encoding}."),
)
CELL_TOO_LARGE = Refusal(
    "cell_too_large", 422, N_('Line {line}: "{column}" holds {size}; the most is {most}.')
)
LINE_TOO_LONG = Refusal(
    "cell_too_large",
    422,
    N_("Line {line} holds {size} without an end; the most is {most}."),
)
