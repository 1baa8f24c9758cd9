"""What computes, behind one protocol: one package a backend."""
