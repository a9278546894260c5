"""Finding parts of pages that must be there."""

import re


def found_in(pattern, text, flags=0):
    """What the pattern finds in the text, or its group."""
    match = re.search(pattern, text, flags)
    assert match, f"{pattern} is not in {text[:2000]}"
    return match[match.lastindex or 0]
