"""Central systems to compare with, each a program of its own: `PORT` is its only argument."""
