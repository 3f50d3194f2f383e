"""Whether a service's custom domain is its owner's, in a small stream of its own."""
