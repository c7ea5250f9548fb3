"""A proxy between stations and their present central system: everything passes unchanged, and is recorded."""
