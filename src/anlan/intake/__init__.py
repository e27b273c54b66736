"""Intake: files as received become typed canonical rows; what cannot is held back with a reason."""
