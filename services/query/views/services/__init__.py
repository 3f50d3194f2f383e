"""Services, their deployments and replicas."""
