"""Privacy: identity numbers, keyed pseudonyms, and what may be written of a person. Nothing else."""
