"""One folder per view: projection.py (event -> writes), answer.py (question -> document), sql/."""
