"""How many requests a token may make in a minute (C127).

Counted in memory, in each web process by itself and by whole minutes of the clock: with several
processes a token may make as many times the number. Exact counting would cost a write a request.
"""

from threading import Lock

from tresse.accounts.queries import account
from tresse.accounts.refusals import RATE_LIMITED
from tresse.kernel.clock import now

_counts: dict[int, int] = {}
_window: list[int] = [0]
_limit: list[int] = [0]
_lock = Lock()


def keep(token_id: int) -> None:
    """Count a request of a token.

    Raises:
        TresseError: `rate_limited`, with the seconds until the next minute.
    """
    moment = int(now().timestamp())
    with _lock:
        if _window[0] != moment // 60:
            _window[0] = moment // 60
            _counts.clear()
            # The setting is read once a minute, so a change of it takes effect within one.
            _limit[0] = account().requests_a_minute
        _counts[token_id] = _counts.get(token_id, 0) + 1
        too_many = 0 < _limit[0] < _counts[token_id]
    if too_many:
        raise RATE_LIMITED(seconds=60 - moment % 60)


def forget() -> None:
    """Begin anew, as a test does."""
    with _lock:
        _window[0] = 0
        _counts.clear()
