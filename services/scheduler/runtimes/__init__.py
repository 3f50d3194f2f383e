"""Engines that run replicas, all behind `interface.Runtime` and one conformance suite."""
