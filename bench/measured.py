"""What every benchmark measures alike."""

import gc
import resource


def peak_mib() -> int:
    """The most memory this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def as_a_server() -> None:
    """Set what was made so far aside, as the server does at its start (`config.wsgi`).

    Here the process has migrated and filled a database before; the one that serves has not.
    """
    gc.collect()
    gc.freeze()
