"""What a service may be made of, by meaning: registration, conversation, participation.

The workload, the first facet, is beside in workload.py. A service may have several; each surface
writes its own and shows what it can express (DESIGN 4.2):

| surface         | shows                               | what has not its facet is            |
|-----------------|-------------------------------------|--------------------------------------|
| outpost         | services with a workload            | absent; named by its slug if renamed |
| amigo           | those of a home project that talk   | absent                               |
| zenml           | every live service of the project   | of type `workload`, `conversation`.. |
| microvisualizer | every live service of the project   | without owner, category and topics   |
| ops             | all of them, with what they consist of                                     |

A surface's own update attaches its facet, but for Amigo's and Outpost's, which change only what is
theirs already; `PUT /ops/v1/services/{id}/facets/{facet}` attaches any."""
