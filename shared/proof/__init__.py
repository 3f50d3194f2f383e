"""Evidence that the log was not changed: trees, blocks, signed checkpoints, exports. Pure."""
