"""Evidence about the log, and the log itself: no projection, read from schema es as it is."""
