"""Pairs scored by Splink: Fellegi–Sunter weights, learned from the records themselves.

Source: Splink 5 (MIT), which follows Fellegi and Sunter, A Theory for Record Linkage, 1969, and
Winkler's expectation maximisation. Splink is an extra and is imported when it is first needed. It
gets a DuckDB of its own, whatever engine the dataset is built on.
"""

import importlib
import importlib.util
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from tresse.datasets.comparisons import COMPARISONS, Comparison, Level, base
from tresse.datasets.suggestions.blocking import Blocking
from tresse.datasets.suggestions.refusals import NO_SPLINK
from tresse.engine.base import Stopped
from tresse.engine.duckdb import Interrupted, Session

Lent = Callable[[], AbstractContextManager[Session]]
"Opens a DuckDB for Splink (`engine.duckdb.lent`)."
SPLINK = "splink"
TABLE = "people"
SEED = 1
ROUNDS = 10
"Of learning, at most."
CHANCE_PAIRS, SAMPLE_PAIRS = 1_000_000, 300_000
"Pairs that weights are learned from: of any two records, and of those that agree in something."
LEARN_BY = (("birth_date",), ("first_name", "last_name"), ("full_name",), ("email",), ("phone",))
"Pairs that agree in these are looked at to learn the weights of all other columns."
SURE = (("full_name", "birth_date"), ("email", "last_name"), ("phone", "last_name"))
"Pairs that agree in these are nearly all one: how rare true pairs are is guessed from them."
SURE_SHARE = 0.6
"Of all true pairs, those that `SURE` finds."
MOST_PREDICTIONS = 200_000
TRUE = (0.75, 0.1, 0.05)
"""Of true pairs, the share that reaches each level: where learning begins, and what stands for a
column that nothing can be learned of."""
LEAST_TRUE = 0.5
CHANCE = (0.01, 0.01, 0.02)
"The same of any two records."


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair over the threshold."""

    a: int
    b: int
    "Rids."
    probability: float
    weight: float
    "Sum of the weights: 2 to its power is the odds."
    rule: str
    "Name of the blocking rule that gave it."
    levels: dict[str, tuple[str | None, float]]
    "By comparison: label of the level that held (None: they differ), and its weight."


def scored(
    connection: Session,
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    rules: Sequence[Blocking],
    *,
    threshold: float,
    say: Callable[[str], None],
) -> list[Scored]:
    """Score all pairs of different golden records that the rules give.

    Args:
        connection: Of `engine.duckdb.lent`.
        batches: Records as `prepared.prepared` gives them.
        schema: Of the batches.
        rules: Of `blocking.rules_for`; at least one.
        threshold: Least probability, 0 to 1.
        say: Told what is being done, by code: `learn`, `score`.

    Returns:
        The likeliest first, at most `MOST_PREDICTIONS`.

    Raises:
        TresseError: `suggestions_missing`.
        Stopped: The statement was interrupted.
    """
    splink = _splink()
    names = [name for name in schema.names if name not in ("rid", "golden")]
    comparisons = comparisons_for(names)
    with _quiet():
        try:
            _load(connection, batches, schema)
            model = _Model(splink, connection, _settings(splink, comparisons, rules))
            say("learn")
            _learn(model, names, [each.name for each in comparisons])
            say("score")
            found = model.linker.inference.predict(threshold_match_probability=threshold)
            return _read(connection, found.physical_name, comparisons, rules)
        except Interrupted:
            raise Stopped from None


def comparisons_for(names: Sequence[str]) -> list[Comparison]:
    """Comparisons of the prepared columns that are there.

    Where there are first and last names, these are compared instead of the whole name.
    """
    known = set(names)
    if {"first_name", "last_name"} <= known:
        known.discard("full_name")
    return [each for each in COMPARISONS if each.name in known]


def is_there() -> bool:
    """Whether Splink is installed."""
    return importlib.util.find_spec(SPLINK) is not None


@dataclass(frozen=True, slots=True)
class _Splink:
    """The parts of Splink that are used."""

    linker: Any
    settings: Any
    database: Any
    comparison: Any
    levels: Any
    error: type[Exception]


def _splink() -> _Splink:
    try:
        top = importlib.import_module(SPLINK)
    except ModuleNotFoundError:
        raise NO_SPLINK() from None
    duck = importlib.import_module("splink.backends.duckdb")
    return _Splink(
        linker=top.Linker,
        settings=top.SettingsCreator,
        database=duck.DuckDBAPI,
        comparison=importlib.import_module("splink.comparison_library").CustomComparison,
        levels=importlib.import_module("splink.comparison_level_library"),
        error=importlib.import_module("splink.internals.exceptions").SplinkException,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Splink tells much of its work in the log; of ours, the job's is enough."""
    logger = logging.getLogger("splink")
    before, logger.level = logger.level, logging.CRITICAL
    try:
        yield
    finally:
        logger.setLevel(before)


def _load(connection: Session, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
    """Keep records; those that differ in nothing but their number once."""
    reader = pa.RecordBatchReader.from_batches(schema, batches)
    connection.register("loading", reader)
    columns = ", ".join(f'"{name}"' for name in schema.names if name != "rid")
    connection.execute(
        f"CREATE TABLE {TABLE} AS SELECT min(rid) AS rid, {columns} "  # noqa: S608  our names
        f"FROM loading GROUP BY ALL"
    )
    connection.unregister("loading")


def _settings(splink: _Splink, comparisons: Sequence[Comparison], rules: Sequence[Blocking]) -> Any:
    return splink.settings(
        link_type="dedupe_only",
        unique_id_column_name="rid",
        comparisons=[_comparison(splink, each) for each in comparisons],
        blocking_rules_to_generate_predictions=[
            f"{_agree(rule.columns)} and l.golden <> r.golden" for rule in rules
        ],
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
        additional_columns_to_retain=["golden"],
        # Further rounds move weights by less than matters, until a level nobody has underflows.
        em_convergence=0.001,
        max_iterations=ROUNDS,
    )


class _Model:
    """A linker of Splink over the records that were loaded."""

    def __init__(self, splink: _Splink, connection: Session, settings: Any) -> None:
        self.connection = connection
        self._splink = splink
        self._table = splink.database(connection).register(TABLE)
        self.linker = self._made(settings)

    def _made(self, settings: Any) -> Any:
        return self._splink.linker(self._table, settings, log_level=None)

    def learn(self, step: Callable[[Any], Any]) -> bool:
        """One step of the training; where it finds nothing to learn from, all is as before it.

        Nor does it stand where it took something else for true pairs, as it does where these are
        very rare: of true pairs, more than half agree in each column at some level.
        """
        before = self.linker.misc.save_model_to_json()
        try:
            step(self.linker.training)
        except (self._splink.error, ValueError, ZeroDivisionError):
            is_sound = False
        else:
            is_sound = all(map(_agrees, self.linker.misc.save_model_to_json()["comparisons"]))
        if not is_sound:
            # What a failed step left of the model lacks the columns it looked at.
            self.linker = self._made(before)
        return is_sound


def _agrees(comparison: Mapping[str, Any]) -> bool:
    """Whether true pairs mostly agree: at all levels but the first, of NULL, and the last."""
    levels = comparison["comparison_levels"][1:-1]
    return sum(each.get("m_probability") or 0 for each in levels) > LEAST_TRUE


def _comparison(splink: _Splink, comparison: Comparison) -> Any:
    known, number = splink.levels, len(comparison.levels)
    made = [_level(splink, comparison.name, each) for each in comparison.levels]
    begun = [
        {"m_probability": m, "u_probability": u}
        for m, u in zip(TRUE[:number], CHANCE[:number], strict=True)
    ]
    rest = {
        "m_probability": 1 - sum(TRUE[:number]),
        "u_probability": 1 - sum(CHANCE[:number]),
    }
    levels = [
        known.NullLevel(comparison.name),
        *(
            level.configure(
                **facts,
                **({"tf_adjustment_column": comparison.name} if each.rarity else {}),
            )
            for level, each, facts in zip(made, comparison.levels, begun, strict=True)
        ),
        known.ElseLevel().configure(**rest),
    ]
    return splink.comparison(output_column_name=comparison.name, comparison_levels=levels)


def _level(splink: _Splink, column: str, level: Level) -> Any:
    known = splink.levels
    match level.sort:
        case base.EXACT:
            return known.ExactMatchLevel(column)
        case base.SIMILAR:
            return known.JaroWinklerLevel(column, level.number)
        case base.EDITS:
            return known.DamerauLevenshteinLevel(column, int(level.number))
        case base.LOCAL:
            return known.CustomLevel("local_l = local_r", label_for_charts="local")
    raise ValueError(level.sort)


def _agree(columns: Sequence[str]) -> str:
    return " and ".join(f"l.{name} = r.{name}" for name in columns)


def _learn(model: _Model, names: Sequence[str], compared: Sequence[str]) -> None:
    """Weights: by chance from any pairs, of true pairs from those that agree in some columns.

    Each column is learned of pairs that agree in others, as those that agree in it say nothing.
    Where nothing can be learned, the weights that learning begins with stand.
    """
    there = partial(_has_pairs, model.connection, names=names)
    sure = [_agree(each) for each in SURE if there(each)]
    if sure:
        model.learn(
            lambda training: training.estimate_probability_two_random_records_match(
                sure, recall=SURE_SHARE
            )
        )
    model.learn(
        lambda training: training.estimate_u_using_random_sampling(
            max_pairs=CHANCE_PAIRS, seed=SEED
        )
    )
    left = set(compared)
    for columns in LEARN_BY:
        if left <= set(columns) or not there(columns):
            continue
        by = partial(_expected, rule=_agree(columns))
        if model.learn(by):
            left &= set(columns)


def _expected(training: Any, *, rule: str) -> None:
    training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=SAMPLE_PAIRS)


def _has_pairs(connection: Session, columns: Sequence[str], *, names: Sequence[str]) -> bool:
    """Whether some records agree in these columns, if there are such columns."""
    if not set(columns) <= set(names):
        return False
    listed = ", ".join(columns)
    known = " AND ".join(f"{name} IS NOT NULL" for name in columns)
    found = connection.execute(
        f"SELECT 1 FROM {TABLE} WHERE {known} GROUP BY {listed} HAVING count(*) > 1 LIMIT 1"  # noqa: S608
    )
    return bool(found.fetchall())


def _read(
    connection: Session,
    table: str,
    comparisons: Sequence[Comparison],
    rules: Sequence[Blocking],
) -> list[Scored]:
    there = {row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()}
    cells: list[str] = []
    for each in comparisons:
        parts = [f"mw_{each.name}", f"mw_tf_adj_{each.name}"]
        weight = " + ".join(f"coalesce({name}, 0)" for name in parts if name in there)
        cells += [f"gamma_{each.name}", weight or "0"]
    found = connection.execute(
        f"SELECT rid_l, rid_r, match_probability, match_weight, match_key, {', '.join(cells)} "  # noqa: S608
        f"FROM {table} ORDER BY match_weight DESC, rid_l, rid_r LIMIT {MOST_PREDICTIONS}"
    ).fetchall()
    return [_scored(row, comparisons, rules) for row in found]


def _scored(
    row: tuple[Any, ...], comparisons: Sequence[Comparison], rules: Sequence[Blocking]
) -> Scored:
    a, b, probability, weight, key, *cells = row
    levels: dict[str, tuple[str | None, float]] = {}
    for at, each in enumerate(comparisons):
        gamma, part = cells[2 * at], cells[2 * at + 1]
        if gamma is None or gamma < 0:
            continue
        # Splink counts levels from the last one, the first of ours is the highest.
        place = len(each.levels) - int(gamma)
        label = each.levels[place].label if gamma > 0 else None
        levels[each.name] = (label, round(float(part), 2))
    return Scored(
        a=min(int(a), int(b)),
        b=max(int(a), int(b)),
        probability=round(float(probability), 4),
        weight=round(float(weight), 2),
        rule=rules[int(key)].name,
        levels=levels,
    )
