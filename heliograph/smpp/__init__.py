"""SMPP 3.4 and 5.0 without a socket and without a clock: PDUs, TLVs, a session for either end, delivery
receipts, the parts of long messages. Octets and times go in, values and octets come out; nothing here does
input or output, logs, or imports another room.
"""
