"""What a file is refused for, whoever reads it."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

UNSUPPORTED_FILE_TYPE = Refusal("unsupported_file_type", 415, N_("{file} is {type}. {remedy}"))
FILE_IS_EMPTY = Refusal("file_is_empty", 422, N_("{file} holds no row."))
FILE_IS_ENCRYPTED = Refusal("file_is_encrypted", 422, N_("{file} has a password. Save it without."))
FILE_IS_DAMAGED = Refusal(
    "file_is_damaged", 422, N_("{file} cannot be read as {type} after byte {byte}.")
)
UNDECODABLE_TEXT = Refusal(
    "undecodable_text",
    422,
    N_("Line {line}: byte {byte} is not in {encoding}. Choose another encoding."),
)
TOO_MANY_COLUMNS = Refusal("too_many_columns", 422, N_("{number} columns; the most is {most}."))
NOT_AN_OBJECT = Refusal("could_not_parse_row", 422, N_("This line is not one JSON object."))
