"""What benchmarks reckon with, held to examples."""
