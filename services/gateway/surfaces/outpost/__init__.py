"""Outpost's Services API (seed 004), as published."""
