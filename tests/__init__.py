"""The tests: one folder a room, mirroring `src/viewfinder/`, and the suites that cross rooms."""
