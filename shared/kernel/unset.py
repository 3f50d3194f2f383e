"""UNSET: a field that an update does not mention, where None is a value of its own."""

from enum import Enum
from typing import Final


class Unset(Enum):
    # On the wire an enum is its value. NUL cannot occur in a client's text (the gateway refuses
    # it), so no client can spell this.
    UNSET = "\x00unset"


UNSET: Final = Unset.UNSET
