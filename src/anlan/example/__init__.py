"""An example province: synthetic records shaped like a real province's, written as messy extracts."""

from anlan.example.records import canonical_records, open_province
from anlan.example.write import ExampleSummary, write_example

__all__ = ["ExampleSummary", "canonical_records", "open_province", "write_example"]
