"""From snapshots of services to a picture of them: pure, step by step."""
