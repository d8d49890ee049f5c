"""The line out: what is asked is resolved, packed and sent."""
