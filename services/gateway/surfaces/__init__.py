"""The dialects: one folder per published API, each with the same files."""
