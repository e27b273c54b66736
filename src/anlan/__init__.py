"""Anlan: from raw monthly extracts to the figures a bulletin prints."""

__version__ = "0.1.0"
