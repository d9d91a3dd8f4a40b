"""Named experiments that write a page of the documentation each."""
