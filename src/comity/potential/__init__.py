"""What could be: kernels over arrays, without I/O and without tables."""
