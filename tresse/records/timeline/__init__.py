"""The timeline of a record: what it went through, and what the records one link away did.

Worked out when read, never copied (C73 to C77): linking shows the past at once, unlinking takes it
away, and a record two links away never contributes.
"""

from tresse.records.timeline.entries import KINDS, Badge, Entry, Timeline, Wanted
from tresse.records.timeline.page import timeline

__all__ = ["KINDS", "Badge", "Entry", "Timeline", "Wanted", "timeline"]
