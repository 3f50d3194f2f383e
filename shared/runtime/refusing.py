"""What ends a process in a sentence for its operator, not in a traceback."""


class CannotServe(Exception):
    """Its text says what is wrong and what to do."""
