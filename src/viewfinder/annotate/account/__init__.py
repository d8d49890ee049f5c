"""How a label server is reached: settings, accounts, connections."""
