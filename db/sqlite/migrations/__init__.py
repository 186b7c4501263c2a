"""The SQL of each migration, as files beside this one."""
