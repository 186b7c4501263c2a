"""Records, queries, operations, storages and exchange: all of Sheaf that needs no window."""
