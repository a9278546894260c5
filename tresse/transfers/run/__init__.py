"""The run: a plan written into records and links, each chunk one transaction (T64 to T69)."""

from tresse.transfers.run.chunks import Running, run_plan

__all__ = ["Running", "run_plan"]
