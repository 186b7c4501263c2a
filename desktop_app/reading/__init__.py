"""Reading what is long: runs, threads, and what differs between two texts."""
