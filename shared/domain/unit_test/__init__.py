"""Simulation unit tests of a service's version sets (seed 001). The service records which of them
use a set, so that a set in use cannot go."""
