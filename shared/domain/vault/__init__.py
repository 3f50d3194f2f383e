"""The vault's own stream per owner of secrets: that they were erased, when, by whom and why."""
