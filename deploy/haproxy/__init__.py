"""The edge's template and its Lua action; rendered by services/edge/haproxy.py."""
