"""The web console: pages rendered here, from the same questions that the APIs ask."""
