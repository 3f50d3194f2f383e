"""Hardware tiers: what an execution may use, what it costs, and how many may run at one time."""
