"""Releases: built aside, current by one rename, read-only afterwards."""
