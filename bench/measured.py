"""What every benchmark measures alike."""

import resource


def peak_mib() -> int:
    """The most memory this process has held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
