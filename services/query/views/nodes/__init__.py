"""Nodes, and what is placed on each."""
