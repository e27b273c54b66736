"""What people read: wording, charts, bulletins, executed notebooks and printed figures."""
