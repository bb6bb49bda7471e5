"""dbt's way into this package on Spark, as the plugin in profiles.yml is on DuckDB.

dbt looks for modules whose names begin with ``dbt_`` and for ``plugins`` in them.
This one does nothing unless the profile in use is of type spark, whose session runs
in dbt's own process.
"""

from dbt.adapters.factory import FACTORY
from dbt.plugins.manager import dbtPlugin


class EngagementPlugin(dbtPlugin):
    """Prepares dbt-spark, if that is what dbt works with."""

    def initialize(self) -> None:
        """Run once the profile is read, before dbt opens a connection."""
        if spark := FACTORY.plugins.get("spark"):
            from engagement.spark.session import prepare

            prepare(spark.adapter)


plugins = [EngagementPlugin]
