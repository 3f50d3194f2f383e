"""The gateway: HTTP in, commands and questions out. It stores nothing and decides nothing."""
