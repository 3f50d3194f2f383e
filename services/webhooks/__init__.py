"""Delivers events to the webhooks of accounts: reads the log, posts, tries again, gives up."""
