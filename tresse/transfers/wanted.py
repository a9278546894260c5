"""What is asked of a file: plain facts of its layout, which another process can be given."""

from dataclasses import dataclass

from tresse.objects.kinds.reading import Reading


@dataclass(frozen=True, slots=True)
class Cells:
    """A column of the file that holds values. `name`: of the property."""

    position: int
    name: str
    kind: str
    reading: Reading
    has_normal: bool = False
    erases: bool = False
    "Whether empty cells empty the property (T35): then `blank` says which are."
    is_new: bool = False
    "A property that the import makes: it takes all options that the file names (T23)."
    pipeline: tuple[int, Reading] | None = None
    "Of a stage: position and reading of the pipeline beside it."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a file. Columns are told by their position in the file.

    `keys`: for each key the numbers of its columns among `columns`; `decides`: whether it finds a
    record. `mapped`: columns that make two rows without key the same. `kept`: columns whose texts
    are needed as they stand. `ignored`: columns of which only the number of values is.
    """

    columns: tuple[Cells, ...]
    keys: tuple[tuple[int, ...], ...] = ()
    decides: tuple[bool, ...] = ()
    id_position: int | None = None
    mapped: tuple[int, ...] = ()
    kept: tuple[int, ...] = ()
    ignored: tuple[int, ...] = ()
    empty_words: frozenset[str] = frozenset()
