"""The console: its pure parts, its pages over a stubbed bus, and all of it in a real browser."""
