"""Formats turn bytes into records of labels and back; they know no dataset and no network."""

from __future__ import annotations
