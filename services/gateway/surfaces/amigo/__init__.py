"""Amigo's Classic API, service part: seed 001 and the published document (README.md)."""
