"""What the server does, apart from HTTP: each takes a session and plain values."""
