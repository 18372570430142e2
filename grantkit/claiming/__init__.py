"""Claims: what the grant pays, from draft to settled."""
