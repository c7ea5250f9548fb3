"""Stations and central systems that speak OCPP through libraries that are not ours."""
