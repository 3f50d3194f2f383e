"""The abuse tests of the threat model: each tries what an attacker would, on the whole stack."""
