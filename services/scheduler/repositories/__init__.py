"""Git repositories of tenants: an address, the newest commit, a checked-out tree. All of it
hostile input.
"""
