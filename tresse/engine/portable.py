"""Functions of SQL that are the same on every engine; anything else is a construct of ours.

`tests/test_shape.py` reads the source of every module for `func.x`, and Spark refuses others when
a statement is compiled.
"""

EVERYWHERE = frozenset(
    {"avg", "coalesce", "count", "length", "max", "min", "nullif", "sum", "trim"}
)
"On SQLite, PostgreSQL, DuckDB and Spark. (lower() folds only ASCII on SQLite.)"
WAREHOUSE = EVERYWHERE | frozenset(
    {
        "bool_and",
        "bool_or",
        "dense_rank",
        "first_value",
        "greatest",
        "lag",
        "last_value",
        "lead",
        "least",
        "rank",
        "row_number",
    }
)
"On DuckDB and Spark: for statements that only an engine of the warehouse runs."
