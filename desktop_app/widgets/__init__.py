"""The parts a window is made of; each knows the look and nothing of storage."""
