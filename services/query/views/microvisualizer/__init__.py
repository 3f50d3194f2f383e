"""A project as an architecture: snapshots of services, changes, pins, shares."""
