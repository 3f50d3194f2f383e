"""Services: one aggregate with optional facets (DESIGN 4.2). The first facet is the workload."""
