"""Numbers of bytes in words."""


def shown_size(size: int) -> str:
    """A number of bytes as people read it, rounded up: 513 MB is not "512 MB"."""
    for unit, label in ((1 << 20, "MB"), (1 << 10, "kB")):
        if size >= unit:
            return f"{-(-size // unit):,} {label}"
    return f"{size} bytes"
