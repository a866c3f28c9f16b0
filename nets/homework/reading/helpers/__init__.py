"""Stand-ins for the helper modules of the course, for files whose own are not beside them."""
