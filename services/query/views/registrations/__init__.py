"""registrations: services and projects as a registry's clients filter, sort and page them."""
