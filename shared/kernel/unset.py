"""UNSET: a field that an update does not mention, where None is a value of its own."""

from enum import Enum
from typing import Final


class Unset(Enum):
    # Never on the wire: the codec leaves such a field out. Should it be written somewhere all the
    # same, no client can spell it, because NUL cannot occur in a client's text.
    UNSET = "\x00unset"


UNSET: Final = Unset.UNSET
