"""The embedded engine: replicas as local processes, isolated by namespaces or trusted."""
