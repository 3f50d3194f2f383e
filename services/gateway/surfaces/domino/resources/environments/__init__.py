"""Environments: what jobs run in, as revisions that are built."""
