"""Nodes: where replicas and jobs may be placed, and what each place has."""
