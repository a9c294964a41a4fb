"""The pages: read widgets, one service call, hand the result to components."""
