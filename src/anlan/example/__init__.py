"""An example province: synthetic records shaped like a real province's, written as messy extracts."""
