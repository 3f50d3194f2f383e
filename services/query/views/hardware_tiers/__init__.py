"""Hardware tiers, and how many executions each has."""
