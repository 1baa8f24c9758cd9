"""Which services are there, what they can do, and what each role needs of them."""
