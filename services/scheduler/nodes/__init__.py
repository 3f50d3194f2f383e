"""Nodes: what each has and what is placed on it, who is placed where, and why not elsewhere."""
