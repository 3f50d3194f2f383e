"""Imports: who brought another log's history in here, from which file, and what came of it."""
