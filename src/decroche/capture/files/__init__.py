"""Reads exports of calls: any table or phone-system log, in columns, with every row accounted for."""
