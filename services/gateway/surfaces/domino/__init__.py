"""Domino's public REST API."""
