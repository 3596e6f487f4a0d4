"""The nouns of the house: frozen structs and enums. No IO, no protocol, no vendor's word."""
