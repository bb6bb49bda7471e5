"""The plugin for dbt-duckdb: it sets up the connection and what macros can call.

dbt-duckdb loads this module by its name in profiles.yml and expects a class named
``Plugin`` in it.
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

from engagement.allocation import order_places
from engagement.dbt.commands import check_warehouse
from engagement.dbt.questions import QUESTIONS
from engagement.export.pseudonyms import KeyTooShortError, key_blocks, read_key
from engagement.serve.warehouse import limits, prepare_warehouse


class DbtHandler(logging.Handler):
    """Passes the log messages of this package on to dbt's log."""

    def emit(self, record: logging.LogRecord) -> None:
        AdapterLogger("Engagement").info(record.getMessage())


class Plugin(BasePlugin):
    """Prepares the connection that dbt works on."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Show the progress of fits in dbt's log, and make garbage collection cheap."""
        gc.freeze()  # what dbt parsed: hundreds of thousands of objects that all stay
        logger = logging.getLogger("engagement")
        logger.setLevel(logging.INFO)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(DbtHandler())

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Prepare the warehouse, and set memory, threads and the spill folder.

        Raises
        ------
        WarehouseError
            If the warehouse cannot be used. It is a RuntimeError, which dbt shows
            without a traceback.
        """
        warehouse = Path(creds.path)
        prepare_warehouse(warehouse)
        config.update(limits(warehouse))

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Register what macros call with ``ask``, and models by name, for SQL."""
        functions = QUESTIONS | {"order_places": order_places}
        for name, function in functions.items():
            arguments = ["VARCHAR"] * len(signature(function).parameters)
            conn.create_function(
                name, function, arguments, "VARCHAR", side_effects=True
            )

    def configure_cursor(self, cursor: DuckDBPyConnection) -> None:
        """Set the key as variables of the connection, so that no SQL text holds it.

        Raises
        ------
        WarehouseError
            If the command cannot run on this warehouse.
        """
        check_warehouse(cursor)
        # a key that is too short is refused when a macro asks for its fingerprint
        with suppress(KeyTooShortError):
            if key := read_key():
                inner, outer = key_blocks(key)
                cursor.execute("set variable pseudonym_inner = ?", [inner])
                cursor.execute("set variable pseudonym_outer = ?", [outer])
