"""The query process: the only one that answers. Projections in, documents out."""
