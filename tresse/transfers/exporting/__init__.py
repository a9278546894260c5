"""Records written to files (T80 to T86).

asked = read_asked({"columns": ["email"], "format": "xlsx"})
Exporting(data_model(), data_model().object("contact"), asked, actor).write(path, seen=print)
"""

from tresse.transfers.exporting.asked import FORMATS, Asked, read_asked
from tresse.transfers.exporting.writing import Exporting, consistent

__all__ = ["FORMATS", "Asked", "Exporting", "consistent", "read_asked"]
