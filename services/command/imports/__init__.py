"""Imports: parts of a file come in over the bus, wait in Postgres, and are taken into the log.

arrivals.py hears and answers, lines.py makes lines of parts, examine.py judges events, take.py
writes them: all, or nothing.
"""
