"""The edge process: keeps HAProxy's routes equal to the wanted ones, and measures the traffic."""
