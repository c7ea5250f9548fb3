"""Does a central system keep its word when it is killed? Load, kills at random points, and an audit."""
