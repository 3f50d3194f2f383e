"""What a service may be made of, by meaning: registration, conversation, participation.

The workload, the first facet, is beside in workload.py. A service may have several; each surface
writes its own and shows what it can express (DESIGN 4.2)."""
