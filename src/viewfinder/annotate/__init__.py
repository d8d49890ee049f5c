"""Annotation is two straight lines: out, with a record of what was sent; back, by a pure merge."""
