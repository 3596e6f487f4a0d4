"""Products: what is built on messages. They call the flow; the flow does not know them."""
