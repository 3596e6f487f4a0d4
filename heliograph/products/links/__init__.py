"""Short links: where they lead, who came by them, and what the customer is told of it.

They are minted and kept in the flow, because a message and its short links are accepted together.
"""
