"""Pure arithmetic of books: no framework, no clock, no I/O. Floats end in `door`."""
