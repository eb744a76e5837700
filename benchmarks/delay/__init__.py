"""The forecast, measured on histories of real issues: will an issue miss its due date?"""
