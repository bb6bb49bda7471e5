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

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.events.logging import AdapterLogger
from duckdb import DuckDBPyConnection

from engagement.dbt.questions import QUESTIONS
from engagement.export.pseudonyms import KeyTooShortError, key_blocks, read_key
from engagement.serve.warehouse import limits, prepare_warehouse


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
        """Make the warehouse ready to be opened, and set memory, threads and spill.

        Raises
        ------
        WarehouseError
            If it cannot be: a RuntimeError, which dbt tells in its one line.
        """
        warehouse = Path(creds.path)
        prepare_warehouse(warehouse)
        config.update(limits(warehouse))

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
