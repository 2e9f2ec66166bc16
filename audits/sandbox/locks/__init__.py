"""The locks a caged child puts on itself, by the kernel's own calls: no package, no privilege, no way back."""
