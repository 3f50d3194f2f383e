"""Projects: the one scope of services, owned by an account."""
