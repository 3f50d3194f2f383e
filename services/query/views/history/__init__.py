"""Which events concern a service; and the events themselves, read from the log."""
