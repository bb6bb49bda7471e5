"""dbt's way into this package before it reads the project, on either engine.

dbt looks for modules whose names begin with ``dbt_`` and for ``plugins`` in them.
"""

import click
from dbt.flags import get_flags
from dbt.plugins.manager import dbtPlugin


class EngagementPlugin(dbtPlugin):
    """Checks the vars, and prepares Spark; see `engagement.dbt.start`."""

    def initialize(self) -> None:
        """Run once dbt has read project and profile, before it opens a connection."""
        # a linter that reads the project with dbt's help is no command of dbt
        command = getattr(click.get_current_context(silent=True), "obj", None) or {}
        if "project" in command:
            from engagement.dbt.start import start

            flags = get_flags()
            variables = flags.VARS or {}
            start(flags.WHICH, command["project"], command["profile"], variables)


plugins = [EngagementPlugin]
