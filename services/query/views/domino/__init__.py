"""Projects as those see them who work in them: visibility, standing, goals, collaborators."""
