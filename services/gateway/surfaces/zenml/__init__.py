"""ZenML: the registry of model servers (seed 000)."""
