"""How passwords were hashed, for those who want to prove one."""
