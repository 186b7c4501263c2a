"""The options of the commands, by what the commands are about."""
