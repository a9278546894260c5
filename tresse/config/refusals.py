"""Refusals about the installation itself."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

NO_INSTALLATION = Refusal(
    "no_installation", 409, N_("There is no installation in {place} yet. Run tresse init.")
)
DATABASE_AWAY = Refusal(
    "database_away", 503, N_("The database {database} does not answer: {reason}.")
)
NOT_TEXT = Refusal(
    "not_text", 422, N_('"{value}" holds bytes that are no text in UTF-8. Write it in letters.')
)
FILE_UNUSABLE = Refusal("file_unusable", 422, N_("{file} cannot be used: {reason}."))
