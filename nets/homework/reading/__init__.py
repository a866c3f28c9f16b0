"""A file as people wrote it: its text, what it imports, what names in it mean."""
