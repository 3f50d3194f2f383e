"""Services in Outpost's words."""
