"""Run the project on Spark: landing exports, fitting clusters, fetching marts."""
