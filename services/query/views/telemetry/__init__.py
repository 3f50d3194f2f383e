"""Log lines, traffic and use: no view of the log, but tables beside it, with retention."""
