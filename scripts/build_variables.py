"""Variables that only building, testing and measuring read, with what each is.

Those of an installation are in `tresse/config/environment.py`.
"""

BUILD_VARIABLES = {
    "TRESSE_NODE": "`pypi`: build scripts and styles with the Node from PyPI, not the machine's.",
    "TRESSE_SKIP_ASSETS": "`1`: build no scripts and styles.",
    "TRESSE_BASELINES": "`write`: tests write their baselines anew instead of comparing.",
    "TRESSE_POSTGRES_DIR": "Where `scripts/postgres.sh` keeps its server.",
    "TRESSE_POSTGRES_PORT": "On which port `scripts/postgres.sh` serves; 54329 if not set.",
    "TRESSE_MARIADB_DIR": "Where `scripts/mariadb.sh` keeps its server.",
    "TRESSE_MARIADB_PORT": "On which port `scripts/mariadb.sh` serves; 54330 if not set.",
    "TRESSE_SFTP_DIR": "Where `scripts/sftp.sh` keeps its server.",
    "TRESSE_SFTP_PORT": "On which port `scripts/sftp.sh` serves; 54322 if not set.",
    "TRESSE_SPARK_DIR": "Where `scripts/spark.sh` keeps its cluster.",
    "TRESSE_SPARK_PORT": "On which port the master of `scripts/spark.sh` listens.",
    "TRESSE_TEST_SPARK": "A cluster that tests of the engines run on, as `spark://…`.",
    "TRESSE_DEMO_SHOP": "A PostgreSQL that `tresse demo` puts its shop into, as `postgresql://…`.",
    "TRESSE_SHOTS": "A folder: browser tests put pictures of pages there.",
    "TRESSE_EXAMPLES": "How many times as many examples slow property tests try; 1 if not set.",
    "TRESSE_TEST_WORLDS": "How many random worlds the test of sight tries; 1 if not set.",
}
