"""Regular expressions: RE2's, without look-around and back-references, on every engine.

DuckDB runs RE2; Spark leaves them to DuckDB in its workers. Nothing backtracks.
"""

from functools import lru_cache

import re2

from tresse.engine.refusals import PATTERN_UNKNOWN

MOST = 1_000
"Longest pattern."


@lru_cache(maxsize=256)
def checked(pattern: str) -> str:
    """The pattern, if it is one.

    Raises:
        TresseError: `pattern_unknown`, with what RE2 says.
    """
    if len(pattern) > MOST:
        raise PATTERN_UNKNOWN(pattern=f"{pattern[:40]}…", reason=f"it is longer than {MOST}")
    if "\0" in pattern:
        raise PATTERN_UNKNOWN(pattern=pattern.replace("\0", "␀"), reason="it holds a zero byte")
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0]
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise PATTERN_UNKNOWN(pattern=pattern, reason=said) from None
    return pattern


def escaped(text: str) -> str:
    """A pattern that finds just this text."""
    return str(re2.escape(text))
