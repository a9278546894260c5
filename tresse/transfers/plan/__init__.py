"""The plan: the whole file read, typed, matched and counted, before anything is written (T60).

    facts = make_plan(Planning(...))

The steps, each over the whole file: stage its typed rows; decide which record each row means; make
repeated rows one; refuse what may not be; name the records of association cells; pair them; count.
"""

from tresse.transfers.plan.make import Planned, Planning, make_plan

__all__ = ["Planned", "Planning", "make_plan"]
