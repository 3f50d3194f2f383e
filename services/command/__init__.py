"""The command process: the only one that decides. Commands in, events out, and the relay."""
