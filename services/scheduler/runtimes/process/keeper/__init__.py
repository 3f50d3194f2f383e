"""The small process that stays with one replica; standard library only, and few parts of that."""
