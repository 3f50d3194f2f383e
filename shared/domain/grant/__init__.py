"""Grants: (principal, action, resource), beside what roles give."""
