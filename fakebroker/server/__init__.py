"""What knows Twisted: protocol and factory, listeners, TCP and TLS, transport and endpoint in memory."""
