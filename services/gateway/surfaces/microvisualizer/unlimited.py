"""What stands for no limit where the contract wants a number: what every client can read."""

from typing import Final

UNLIMITED: Final = 2**31 - 1
