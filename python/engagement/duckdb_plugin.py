"""dbt-duckdb's way in: settings of the connection, the key, questions about files.

dbt-duckdb loads this module by the name in profiles.yml and expects a class
called ``Plugin`` in it.
"""

from __future__ import annotations

import gc
import logging
from contextlib import suppress
from inspect import signature
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.events.logging import AdapterLogger
from duckdb import DuckDBPyConnection

from engagement.pseudonyms import KeyTooShortError, key_blocks, read_key
from engagement.questions import QUESTIONS
from engagement.warehouse import limits


class DbtHandler(logging.Handler):
    """Passes what this package logs on to dbt's log."""

    def emit(self, record: logging.LogRecord) -> None:
        AdapterLogger("Engagement").info(record.getMessage())


class Plugin(BasePlugin):
    """Prepares the connection that dbt works on."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Let fits tell how they get on; leave what dbt parsed out of collections."""
        gc.freeze()  # hundreds of thousands of objects that stay until the end
        logger = logging.getLogger("engagement")
        logger.setLevel(logging.INFO)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(DbtHandler())

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Make the folder of the warehouse and set memory, threads and spill."""
        output = Path(creds.path).parent
        output.mkdir(parents=True, exist_ok=True)
        replay_log(Path(creds.path))
        config["temp_directory"] = str(output / "spill")
        config.update(limits())

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register the questions that macros ask as SQL functions."""
        for name, function in QUESTIONS.items():
            arguments = ["VARCHAR"] * len(signature(function).parameters)
            conn.create_function(
                name, function, arguments, "VARCHAR", side_effects=True
            )

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Let the macro pseudonym find the key, which no SQL text then holds."""
        # a key that is too short is refused when a macro asks for its fingerprint
        with suppress(KeyTooShortError):
            if key := read_key():
                inner, outer = key_blocks(key)
                cursor.execute("set variable pseudonym_inner = ?", [inner])
                cursor.execute("set variable pseudonym_outer = ?", [outer])


def replay_log(database: Path) -> None:
    """Bring in what a killed build left in the write-ahead log.

    DuckDB replays some of its entries only if the database is attached to
    another one (its issues 20543 and 22124); opened by itself it would fail.
    """
    if not database.with_name(f"{database.name}.wal").exists():
        return
    place = str(database).replace("'", "''")
    # a build that is still at work holds a lock, which dbt reports by itself
    with suppress(duckdb.IOException), duckdb.connect() as connection:
        connection.execute(f"attach '{place}' as warehouse")
        connection.execute("checkpoint warehouse")
