"""What stops a start: a sentence for the operator, printed as it is and without a traceback."""


class CannotStart(Exception):
    pass
