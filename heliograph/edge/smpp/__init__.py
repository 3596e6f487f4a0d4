"""SMPP 3.4 and 5.0 for customers: the same accept path, checks, ledger and promises as every other door. A
submit is answered after its commit (promise P1); receipts and messages from handsets wait, in order,
until one of the customer's sessions takes them (promise P5).

    door     ports, and telling customers       session  one connection: bind, requests, deliveries
    line     all sessions of one credential     requests one function per PDU
    read     PDU -> command                     write    answer, event, message -> PDU
    content  octets -> text or body             joining  parts marked by sar_* TLVs
    codes    our reasons <-> command_status     settings what a credential may choose
"""

from heliograph.edge.smpp.door import Address, SmppDoor, server_tls
from heliograph.edge.smpp.metrics import SmppMetrics
from heliograph.edge.smpp.settings import SETTINGS, faults

__all__ = ["SETTINGS", "Address", "SmppDoor", "SmppMetrics", "faults", "server_tls"]
