"""The ledger: which calls began, and how those ended that did."""
