"""The addresses of the API, one file a subject: each reads a request, calls a service, answers."""
