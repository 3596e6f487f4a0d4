"""Vendor HTTP APIs as codecs. Rooms do not know one another; none does IO."""
