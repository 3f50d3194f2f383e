"""Executions: what runs once and ends. Jobs and builds of environments, in one queue."""
