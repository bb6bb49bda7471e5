"""dbt's way into this package."""
