"""What dbt runs of this package: a plugin, and functions that macros call."""
