"""Measured figures of the README, as ratios within one run. Not collected by pytest."""
