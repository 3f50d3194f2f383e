select telemetry.drop_partitions(%(table)s, %(before)s)
