"""History, states, differences, blame and whys: folded from the log when they are asked for."""
