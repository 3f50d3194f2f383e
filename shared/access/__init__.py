"""One permission model for all surfaces: (principal, action, resource)."""
