"""The formats Sheaf reads and writes, one module each."""
