"""The generated sample that a newcomer can explore."""
