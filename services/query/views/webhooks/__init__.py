"""Webhooks, and what became of their deliveries."""
