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
        from engagement.dbt.start import start

        command = click.get_current_context().obj
        flags = get_flags()
        start(flags.WHICH, command["project"], command["profile"], flags.VARS or {})


plugins = [EngagementPlugin]
