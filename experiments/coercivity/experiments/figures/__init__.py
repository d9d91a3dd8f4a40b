"""What people see: figures described once, then drawn for the page and for paper."""
