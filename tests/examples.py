"""How many examples the tests of properties try that take long."""

import os

from hypothesis import HealthCheck, settings

FACTOR = float(os.environ.get("TRESSE_EXAMPLES", "1"))
"`TRESSE_EXAMPLES=20` for a long look."


def examples(number: int, *, derandomize: bool = False) -> settings:
    """Hypothesis tries `number` examples, times `FACTOR`, however long each takes."""
    return settings(
        max_examples=max(1, round(number * FACTOR)),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
        derandomize=derandomize,
    )
