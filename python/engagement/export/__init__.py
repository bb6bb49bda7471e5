"""Look at xDR exports before they are loaded."""
