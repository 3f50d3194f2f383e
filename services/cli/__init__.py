"""The `chronoplane` command: `python -m services.cli`."""
