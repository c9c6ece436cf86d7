"""Follows what phone systems write and say by themselves: log files, sockets, long polls."""
