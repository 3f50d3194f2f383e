"""Replicas: one running copy of a service's deployment, in a small stream of its own."""
