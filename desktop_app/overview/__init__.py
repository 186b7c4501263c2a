"""The first page: how things stand, in tiles and pictures that lead to their lists."""
