"""Lets tenants' subscribers into the bus, and out of it again."""
