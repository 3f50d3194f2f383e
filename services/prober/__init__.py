"""Asks every replica whether it answers 200 on its path, and tells the log when that changes."""
