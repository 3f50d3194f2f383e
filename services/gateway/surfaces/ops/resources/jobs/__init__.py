"""Jobs: what their own dialect has no operation for."""
