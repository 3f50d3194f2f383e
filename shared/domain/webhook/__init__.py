"""Webhooks: where events of an account are posted to, which of them, and with which secret."""
