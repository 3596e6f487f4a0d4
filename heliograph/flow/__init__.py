"""What happens to a message: accept, checks, route, deliver, report, receive, notify, tend.

SMS knowledge without a protocol and without a socket. What must happen together is one transaction.
"""
