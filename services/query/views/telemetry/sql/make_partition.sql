select telemetry.make_partition(%(table)s, %(day)s)
