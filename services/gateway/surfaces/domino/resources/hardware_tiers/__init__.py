"""Hardware tiers: what executions may use, and how full they are."""
