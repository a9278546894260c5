"""Runs statements on a Spark cluster, through sqlglot from the text for DuckDB."""

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa

import tresse
from tresse.engine import parquet
from tresse.engine.base import (
    ROWS_PER_BATCH,
    ROWS_PER_FILE,
    Cancelled,
    Progress,
    Stopped,
    Written,
)
from tresse.engine.duckdb import quoted
from tresse.engine.refusals import BAD_ENGINE, SPARK_MISSING, SPARK_UNREACHABLE
from tresse.engine.relations import duckdb_type, python_rows, schema, table, typed
from tresse.engine.spark_dialect import sql, translated
from tresse.engine.spark_worker import Work, evaluating
from tresse.engine.spilling import Spill
from tresse.engine.watching import Watch

T = TypeVar("T")
_SECONDS = 5
_LOOPBACK = ("127.", "localhost", "[::1]")
_SETTINGS = {
    "spark.app.name": "tresse",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "OFF",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.execution.pythonUDF.arrow.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",
    # Of files, which hold ten times as much: a table sent to all must fit a driver of 1 GB.
    "spark.sql.autoBroadcastJoinThreshold": "2MB",
    # A task that does not end when asked to is killed with its executor.
    "spark.task.reaper.enabled": "true",
    "spark.task.reaper.killTimeout": "30s",
    # Processes of this house share the cluster: executors are given back when idle.
    "spark.dynamicAllocation.enabled": "true",
    "spark.dynamicAllocation.shuffleTracking.enabled": "true",
    "spark.dynamicAllocation.executorIdleTimeout": "30s",
}


class Spark:
    """One session of the cluster that this process holds; see `Engine`.

    Steps are kept as Parquet in a folder below `spill`, which all workers must reach by the same
    path, as the folders of files. So a step outlives a lost executor.
    """

    name = "spark"
    memory: int | None = None

    def __init__(
        self,
        address: str,
        *,
        spill: Path,
        folders: Sequence[Path] = (),
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> None:
        self._session: Any = _connected(address).newSession()
        self._spilling = Spill(spill)
        self._spill = self._spilling.folder
        self._folders = parquet.allowed(folders)
        self._tag = f"tresse-{uuid4().hex}"
        self._registered: set[str] = set()
        self._steps: dict[str, Path] = {}
        self._numbers = 0
        self._watch = Watch(progress, cancelled, share=self._share, interrupt=self._interrupt)

    def read(
        self, paths: Sequence[str | Path], columns: Sequence[sa.ColumnClause[Any]]
    ) -> sa.TableClause:
        """See `Engine.read`."""
        wanted = schema(columns)
        real = [parquet.within(path, self._folders) for path in paths]
        name = f"read_{self._next()}"
        if real:
            self._view(name, real, columns)
        else:
            empty = self._spill / f"{name}.parquet"
            pq.write_table(wanted.empty_table(), empty)
            self._view(name, [empty], columns)
        return table(name, columns)

    def _view(
        self, name: str, paths: Sequence[Path], columns: Sequence[sa.ColumnClause[Any]]
    ) -> None:
        def work() -> None:
            parts = []
            for number, (held, files) in enumerate(parquet.alike(paths)):
                # With its schema given, nothing is read to find it.
                raw = self._session.read.schema(_spark_schema(held))
                view = f"{name}_raw_{number}"
                raw.parquet(*(path.as_uri() for path in files)).createOrReplaceTempView(view)
                parts.append(f"SELECT {_cells(held, columns)} FROM {quoted(view)}")  # noqa: S608
            wanted = translated(" UNION ALL ".join(parts))
            self._session.sql(wanted).createOrReplaceTempView(name)

        self._run(work)

    def load(
        self,
        name: str,
        batches: Iterable[pa.RecordBatch],
        columns: Sequence[sa.ColumnClause[Any]],
    ) -> sa.TableClause:
        """See `Engine.load`."""
        folder = self._folder()
        folder.mkdir()
        pq.write_table(parquet.loaded(batches, schema(columns)), folder / "part-0.parquet")
        return self._kept(name, folder, columns)

    def keep(self, name: str, statement: sa.SelectBase) -> sa.TableClause:
        """See `Engine.keep`."""
        final = typed(statement)
        folder = self._folder()
        self._written(final, folder, ROWS_PER_FILE)
        return self._kept(name, folder, final.selected_columns)

    def _kept(self, name: str, folder: Path, columns: Iterable[Any]) -> sa.TableClause:
        given = [sa.column(c.name, c.type) for c in columns]
        old = self._steps.get(name)
        self._view(name, sorted(folder.glob("*.parquet")), given)
        self._steps[name] = folder
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
        return table(name, given)

    def view(self, statement: sa.SelectBase) -> sa.TableClause:
        """See `Engine.view`."""
        final = typed(statement)
        text, name = self._text(final), f"read_{self._next()}"
        self._run(lambda: self._session.sql(text).createOrReplaceTempView(name))
        return table(name, [sa.column(c.name, c.type) for c in final.selected_columns])

    def drop(self, name: str) -> None:
        """See `Engine.drop`."""
        self._session.catalog.dropTempView(name)
        if (folder := self._steps.pop(name, None)) is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def rows(self, statement: sa.SelectBase) -> list[tuple[Any, ...]]:
        """See `Engine.rows`."""
        text = self._text(typed(statement))
        found = self._run(lambda: self._session.sql(text).toArrow())
        return python_rows(found, list(statement.selected_columns))

    def scalar(self, statement: sa.SelectBase) -> Any:
        """See `Engine.scalar`."""
        rows = self.rows(statement)
        return rows[0][0] if rows else None

    def batches(
        self, statement: sa.SelectBase, size: int = ROWS_PER_BATCH
    ) -> Iterator[pa.RecordBatch]:
        """See `Engine.batches`."""
        final = typed(statement)
        wanted = schema(final.selected_columns)
        folder = self._folder()
        self._written(final, folder, ROWS_PER_FILE)
        try:
            # In the order of their names, which is that of the rows.
            for path in sorted(folder.glob("*.parquet")):
                with pq.ParquetFile(path) as file:
                    for batch in file.iter_batches(size):
                        yield batch.cast(wanted)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def write(
        self, statement: sa.SelectBase, folder: Path, *, rows_per_file: int = ROWS_PER_FILE
    ) -> Written:
        """See `Engine.write`."""
        parquet.within(folder, self._folders)
        return self._written(typed(statement), folder.resolve(), rows_per_file)

    def cancel(self) -> None:
        """See `Engine.cancel`."""
        self._watch.stop()

    def close(self) -> None:
        """See `Engine.close`. The process keeps its connection to the cluster."""
        self._watch.close()
        for name in list(self._steps):
            self.drop(name)
        self._spilling.close()

    def _written(self, final: sa.Select[Any], folder: Path, rows_per_file: int) -> Written:
        held = schema(final.selected_columns)
        text = self._text(final)

        def work() -> None:
            writer = self._session.sql(text).write.mode("overwrite")
            writer.option("maxRecordsPerFile", rows_per_file).parquet(folder.as_uri())

        self._run(work)
        return parquet.written(folder, held)

    def _text(self, statement: sa.SelectBase) -> str:
        text, works = sql(statement)
        for name, work in works.items():
            if name not in self._registered:
                _register(self._session, work)
                self._registered.add(name)
        return text

    def _run(self, work: Callable[[], T]) -> T:
        context = self._session.sparkContext

        def tagged() -> T:
            # Tags belong to a thread.
            context.addJobTag(self._tag)
            try:
                return work()
            finally:
                context.removeJobTag(self._tag)

        try:
            return self._watch.run(tagged)
        except Exception:
            if self._watch.is_stopped:
                raise Stopped from None
            raise

    def _share(self) -> float:
        tracker = self._session.sparkContext.statusTracker()
        stages = [tracker.getStageInfo(each) for each in tracker.getActiveStageIds()]
        tasks = sum(each.numTasks for each in stages if each)
        done = sum(each.numCompletedTasks for each in stages if each)
        return float(done / tasks) if tasks else 0.0

    def _interrupt(self) -> None:
        self._session.sparkContext.cancelJobsWithTag(self._tag)

    def _folder(self) -> Path:
        return self._spill / f"step-{self._next()}"

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _spark_schema(held: pa.Schema) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415  an extra

    return from_arrow_schema(held, prefer_timestamp_ntz=True)


def _cells(held: pa.Schema, columns: Sequence[sa.ColumnClause[Any]]) -> str:
    names = {name.lower(): name for name in held.names}
    cells = []
    for column in columns:
        found = names.get(column.name.lower())
        value = "NULL" if found is None else quoted(found)
        type_ = duckdb_type(column.type, column.name)
        cells.append(f"CAST({value} AS {type_}) AS {quoted(column.name)}")
    return ", ".join(cells)


def _register(session: Any, work: Work) -> None:
    from pyspark.sql.pandas.functions import arrow_udf  # noqa: PLC0415  an extra

    returns = translated(f"SELECT CAST(a AS {work.returns})").split(" AS ")[-1].removesuffix(")")
    made: Any = arrow_udf
    session.udf.register(work.name, made(evaluating(work), returns))


def _connected(address: str) -> Any:
    """The session of this process; made at first need, which takes some 20 s.

    Raises:
        TresseError: `bad_setting`, `engine_missing`, `engine_unreachable`.
    """
    hosts = address.removeprefix("spark://").split(",")
    answers = [_unanswered(host, address) for host in hosts]
    if all(answers):
        raise SPARK_UNREACHABLE(value=address, reason=answers[0])
    try:
        from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415  an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415
    except ImportError:
        raise SPARK_MISSING(value=address) from None
    builder = SparkSession.builder.master(address)
    settings = dict(_SETTINGS)
    # The workers run the Python and the Tresse that stand where ours do.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    settings["spark.executorEnv.PYTHONPATH"] = str(Path(tresse.__file__).parents[1])
    if all(host.startswith(_LOOPBACK) for host in hosts):
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    for name, value in settings.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except PySparkRuntimeError as error:
        # Java is missing, or too old.
        raise SPARK_MISSING(value=address) from error


def _unanswered(host: str, address: str) -> str:
    name, _, port = host.rpartition(":")
    if not (name and port.isdecimal()):
        raise BAD_ENGINE(value=address)
    try:
        with closing(socket.create_connection((name.strip("[]"), int(port)), _SECONDS)):
            return ""
    except OSError as error:
        return f"{error.strerror or error}."
