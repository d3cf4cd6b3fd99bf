"""What `build_names.py` is made of: where names come from and how they are romanised."""
