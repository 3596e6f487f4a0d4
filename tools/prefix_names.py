"""The hand-made part of the prefix table: carrier names that no spelling rule could join.

libphonenumber keeps names a carrier bore when its ranges were read; the E.212 list has today's.
Each line below is a renaming, a merger or an abbreviation that is public knowledge, or says which
of an operator's several codes is its main one. `tools/make_prefixes.py` reads it.
"""

from typing import Final

# (country, carrier name in libphonenumber) -> MCC-MNC in the E.212 list; "MCC-" where the names look
# alike but are not the same network, or the range's holder has no code of its own.
CARRIER_IS: Final[dict[tuple[str, str], str]] = {
    ("AF", "Afghan Telecom"): "412-80",
    ("AM", "VivaCell-MTS"): "283-05",
    ("AT", "A1 TA"): "232-01",
    ("AT", "T-Mobile AT"): "232-03",
    ("AT", "Three"): "232-10",
    ("BY", "Velcom"): "257-01",
    ("DE", "Eplus"): "262-03",
    ("DE", "O2"): "262-07",
    ("DE", "T-Mobile"): "262-01",
    ("DK", "benemen lso (tdc)"): "238-",
    ("DK", "icentrex lso(tdc)"): "238-",
    ("DO", "Orange"): "370-01",
    ("EE", "Tele 2"): "248-03",
    ("FO", "Faroese Telecom"): "288-01",
    ("GB", "EE"): "234-30",
    ("GB", "O2"): "234-10",
    ("GB", "Orange"): "234-33",
    ("GE", "MagtiCom"): "282-02",
    ("GE", "Silknet"): "282-01",
    ("GG", "Sure"): "234-55",
    ("GP", "Digicel"): "340-20",
    ("GP", "Orange"): "340-01",
    ("GP", "SFR/Rife"): "340-02",
    ("GU", "Choice Phone"): "310-",
    ("HR", "Hrvatski Telekom"): "219-01",
    ("IS", "Vodafone"): "274-02",
    ("IT", "3 Italia"): "222-99",
    ("JE", "Sure"): "234-55",
    ("JP", "KDDI"): "440-50",
    ("JP", "Okinawa Cellular"): "440-",
    ("KI", "ATHKL"): "545-01",
    ("KZ", "T2"): "401-77",
    ("LT", "Tele 2"): "246-03",
    ("MK", "T-Mobile"): "294-01",
    ("ML", "Sotelma"): "610-01",
    ("MQ", "Digicel"): "340-20",
    ("MQ", "Orange"): "340-01",
    ("MQ", "SFR Caraibe"): "340-02",
    ("MY", "XOX"): "502-",
    ("NL", "T-Mobile Thuis"): "204-",
    ("NZ", "Vodafone"): "530-01",
    ("RS", "Telekom Srbija a.d."): "220-03",
    ("RS", "Telenor"): "220-01",
    ("SE", "TeliaSonera"): "240-01",
    ("SK", "Slovak Republic Railways (GSM-R)"): "231-99",
    ("SM", "Telecom Italia San Marino"): "292-",
    ("TH", "True Move"): "520-04",
    ("TR", "TTM"): "286-03",
    ("TZ", "Yas"): "640-02",
    ("US", "Cable & Wireless"): "310-",
}

# Prefix -> (country, MCC-MNC, network), where libphonenumber's carrier is not the code in use.
RANGE_IS: Final[dict[str, tuple[str, str, str]]] = {
    # Robi took Airtel Bangladesh over in 2016; its numbers keep Airtel's brand and network code.
    "88016": ("BD", "470-07", "Airtel (Robi)"),
}
