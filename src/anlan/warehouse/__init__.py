"""The warehouse: from accepted rows to marts, by dbt."""
