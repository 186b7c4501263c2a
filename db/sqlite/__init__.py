"""The storage that keeps everything in one SQLite file, or in memory."""
