// The name in every management server's certificate, so that a host need not know by which address it dials one. Nobody else is
// given it: whoever shows it is taken for a server by hosts and servers.
export const SERVER_NAME = 'nephos-server';
