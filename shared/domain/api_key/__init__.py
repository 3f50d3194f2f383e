"""API keys: a principal's credentials. The log holds a keyed digest, never the secret."""
