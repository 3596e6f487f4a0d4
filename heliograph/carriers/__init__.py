"""Doors out: one file for each way of reaching a carrier.

Each gives a `CarrierLink` (`heliograph.model.carrier`) to whoever sends. A carrier must never know the
flow, the store or the simulator, and never decide whether or what is sent.
"""
