"""Work on Spark."""
