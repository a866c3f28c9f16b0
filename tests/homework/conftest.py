"""What people handed in is examined, not imported."""

collect_ignore_glob = ["corpus/*"]
