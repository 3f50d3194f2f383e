"""How many replicas a service shall have, decision by decision, and by which settings."""
