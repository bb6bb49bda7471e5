"""Open what dbt built, and publish it."""
