"""How many replicas each service shall have, from its traffic; and why, in words."""
