"""A version built by an earlier program, read as today's tables: what it lacks is empty, never an error."""

from __future__ import annotations

import duckdb

from loaders.catalog import TABLES, Table


def as_today(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Temporary views that add the columns and tables a version lacks; none where its tables are today's.

    They belong to a connection, so each cursor makes its own. A rollback may serve a file older than the program.
    """
    found: dict[str, set[str]] = {}
    columns = con.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal").fetchall()
    for table, column in columns:
        found.setdefault(table, set()).add(column)
    (database,) = con.execute("SELECT current_database()").fetchall()[0]
    return [_view(table, found.get(table.name), database) for table in TABLES
            if {column.name for column in table.columns} - found.get(table.name, set())]


def _view(table: Table, held: set[str] | None, database: str) -> str:
    columns = ", ".join(
        column.name if held and column.name in held else f"CAST(NULL AS {column.type}) AS {column.name}"
        for column in table.columns
    )
    source = f'FROM "{database}".main.{table.name}' if held else "WHERE false"
    return f"CREATE TEMP VIEW {table.name} AS SELECT {columns} {source}"
