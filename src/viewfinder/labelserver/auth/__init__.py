"""Who is asking: passwords, sessions with CSRF protection, tokens, and one-time sign-in links."""
