"""Let dbt run this package's checks before it parses the models, on either engine.

dbt imports modules whose names begin with ``dbt_`` and looks for ``plugins`` in them.
"""

import click
from dbt.flags import get_flags
from dbt.plugins.manager import dbtPlugin


class EngagementPlugin(dbtPlugin):
    """Checks command and vars, and prepares Spark; see `engagement.dbt.start`."""

    def initialize(self) -> None:
        """Run after dbt has read project and profile, before it opens a connection."""
        # a linter that loads the project through dbt does not run a command of dbt
        command = getattr(click.get_current_context(silent=True), "obj", None) or {}
        if "project" in command:
            from engagement.dbt.start import start

            start(get_flags(), command["project"], command["profile"])


plugins = [EngagementPlugin]
