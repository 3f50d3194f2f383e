"""The environment that a service is prepared by."""
