"""Every surface against its own document: generated requests, and answers as published."""
