"""Backends carry packs to annotators and tell what came of them; all behind one seam."""
