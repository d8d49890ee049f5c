"""The line back: what annotators did is read, merged and written."""
