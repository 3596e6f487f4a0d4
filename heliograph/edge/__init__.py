"""The doors in: what listens on sockets and brings requests to the desk."""
