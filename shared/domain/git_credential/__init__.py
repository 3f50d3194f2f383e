"""Git credentials: what a person shows to a git server; the secret itself is in the vault."""
