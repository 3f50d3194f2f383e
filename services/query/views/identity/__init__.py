"""Who and where: principals, projects, keys and grants."""
