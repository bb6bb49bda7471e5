"""Draw the marts as a page."""
