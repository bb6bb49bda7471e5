"""Inspect xDR exports before they are loaded."""
