"""Programs that run inside a sandbox; standard library only."""
