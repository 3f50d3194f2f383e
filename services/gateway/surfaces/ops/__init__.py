"""Our own surface: identity, access, and what happened to a service."""
