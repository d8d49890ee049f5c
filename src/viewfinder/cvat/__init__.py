"""The CVAT language: its API, its mask code, labels as its shapes and back, and a client."""
