"""Look at an export, propose the vars that load it, and try them on a sample."""
