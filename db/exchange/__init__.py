"""Formats: reading files into records, and writing records into files."""
