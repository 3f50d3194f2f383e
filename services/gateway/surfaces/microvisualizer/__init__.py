"""MicroVisualizer's API v1 (seed 002), as published."""
