"""What the program tells of itself: its log, reports of its mistakes, and a bundle of both."""
