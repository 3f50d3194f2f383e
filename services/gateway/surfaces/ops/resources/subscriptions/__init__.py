"""Who follows the events of an account on the bus."""
