"""Executions: jobs as people see them, and the queue as the scheduler does."""
