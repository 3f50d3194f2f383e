"""Subscriptions: an API key that may follow the events of an account on the bus."""
