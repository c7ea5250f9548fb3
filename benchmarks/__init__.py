"""How much of a machine the central system uses, beside what one would otherwise write it with."""
