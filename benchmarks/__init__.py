"""Measurements: what the work costs, as a ratio to the least it could cost on the same machine."""
