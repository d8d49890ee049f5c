"""A CVAT-compatible label server in one process: tasks of images, their labels, and the people.

It speaks CVAT's REST API v2, keeps its data in one folder and a relational database, and never sees
a dataset. Importing this package starts nothing: :mod:`viewfinder.labelserver.embedded` starts the
server that Viewfinder uses by itself, ``python -m viewfinder.labelserver serve`` one of your own.
"""
