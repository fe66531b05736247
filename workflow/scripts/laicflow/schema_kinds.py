"""Kinds of the columns of tables."""

# Kinds of a column: text, number (float, may be missing), whole (integer, may be missing), time.
TEXT, NUMBER, WHOLE, TIME = "text", "number", "whole", "time"
# Kinds of the long tables of samples, where every byte counts: of one size, integers never missing.
SINGLE, INT8, INT16, INT32 = "single", "int8", "int16", "int32"
