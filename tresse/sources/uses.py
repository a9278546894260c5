"""Who uses a source: asked of the rooms that stand higher."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tresse.kernel.registry import Registry
from tresse.sources.models import Source


@dataclass(frozen=True, slots=True)
class SourceUses:
    """One sort of user; `of` gives their names as a sentence shows them: `dataset "contacts"`."""

    name: str
    of: Callable[[Source], Iterable[str]]


USES: Registry[SourceUses] = Registry("users of sources")
"Filled by `config.members.hand_over`."
