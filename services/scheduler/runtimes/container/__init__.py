"""Replicas as containers of Docker or Podman, asked by their HTTP API on a Unix socket."""
