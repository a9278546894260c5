"""The peer of `bench.computed`: the same RFM and aggregates, written by hand in Polars."""

import json
import resource
import sys
import time
from datetime import date
from typing import Any

import polars as pl

TODAY, TWO_YEARS = date(2026, 3, 31), date(2024, 3, 31)


def main() -> None:
    """Read the files that the first argument names, write a table, print seconds and CPU."""
    files = json.loads(sys.argv[1])
    begun = time.perf_counter()
    found = work_out(files)
    found.write_parquet(f"{files['contacts']}.polars.parquet", compression="zstd")
    seconds = time.perf_counter() - begun
    used = resource.getrusage(resource.RUSAGE_SELF)
    facts = {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mib": used.ru_maxrss // 1024,
        "rows": found.height,
    }
    print(json.dumps(facts))  # noqa: T201  read by the benchmark


def work_out(files: dict[str, str]) -> pl.DataFrame:
    """One row per contact: RFM of five bins, and the twenty aggregates."""
    net, channel, day = pl.col("c3"), pl.col("c4"), pl.col("c1")
    is_web = (channel == "web") & (day > TWO_YEARS)
    orders = pl.scan_parquet(files["orders"])
    by_person = orders.group_by("contact_id").agg(
        pl.len().alias("orders_all"),
        channel.n_unique().alias("channels"),
        channel.sort_by(day, "c0").first().alias("first_channel"),
        channel.sort_by(day, "c0").last().alias("last_channel"),
        net.sum().alias("net_sum"),
        net.mean().alias("net_avg"),
        net.min().alias("net_min"),
        net.max().alias("net_max"),
        net.filter(is_web).sum().alias("net_sum_2y"),
        net.filter(is_web).mean().alias("net_avg_2y"),
        net.filter(is_web).min().alias("net_min_2y"),
        net.filter(is_web).max().alias("net_max_2y"),
    )
    paid = orders.filter((pl.col("c2") == "paid") & (net > 0) & (day <= TODAY))
    rfm = paid.group_by("contact_id").agg(
        (TODAY - day.max()).dt.total_days().alias("days"),
        pl.len().alias("number"),
        net.sum().alias("money"),
    )
    amount, pieces, category = pl.col("c2"), pl.col("c1"), pl.col("c0")
    lines = pl.scan_parquet(files["order_items"]).select("order_id", "c0", "c1", "c2")
    owners = orders.select(pl.col("id").alias("order_id"), "contact_id")
    by_line = (
        lines.join(owners, on="order_id", how="inner")
        .group_by("contact_id")
        .agg(
            pl.len().alias("lines_all"),
            category.n_unique().alias("categories"),
            pieces.sum().alias("pieces"),
            amount.sum().alias("line_sum"),
            amount.mean().alias("line_avg"),
            amount.max().alias("line_max"),
            amount.filter(category == "category 1").sum().alias("of_category_1"),
            pieces.filter(category == "category 2").sum().alias("pieces_of_category_2"),
        )
    )
    scored = _scored(rfm.collect())
    people: Any = pl.scan_parquet(files["contacts"]).select(pl.col("id").alias("contact_id"))
    for table in (by_person, by_line, scored.lazy()):
        people = people.join(table, on="contact_id", how="left")
    found: pl.DataFrame = people.collect()
    return found


def _scored(rfm: pl.DataFrame) -> pl.DataFrame:
    bins = []
    for name, is_reversed in (("days", True), ("number", False), ("money", False)):
        lower = (pl.col(name).rank("min") - 1).cast(pl.Int64)
        place = 1 + (5 * lower) // rfm.height
        bins.append((6 - place if is_reversed else place).alias(f"{name}_score"))
    scored = rfm.with_columns(bins)
    code = pl.concat_str(["days_score", "number_score", "money_score"], separator="-")
    return scored.with_columns(code.alias("rfm_code"))


if __name__ == "__main__":
    main()
