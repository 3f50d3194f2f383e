"""The process that makes replicas match what is wanted."""
