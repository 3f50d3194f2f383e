"""Executions: jobs and builds of environments, from the queue to their results."""
