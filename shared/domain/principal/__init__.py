"""Users, organizations and service accounts: one id space, one handle space."""
