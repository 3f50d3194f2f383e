select telemetry.shrink_partitions(%(table)s, %(bytes)s::bigint, %(today)s)
