import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import type { Emulator } from '../emulator.ts';

/** How every HTTP/2 connection begins ({@link https://www.rfc-editor.org/rfc/rfc9113#section-3.4}); no HTTP/1 method does. */
const PREFACE = 'PRI';

/**
 * Serves gRPC and HTTP/1 on one port of 127.0.0.1, without TLS: the first bytes tell them apart.
 * @param gone told when a client's connection has closed, by the name that `call.getPeer()` gave it: what a killed process
 *   held can be freed at once
 * @param prepare awaited before a gRPC connection is served: services may be loaded then, which nobody may ever ask for
 */
export function listenToBoth(
  server: Server,
  http: HttpServer,
  port: number,
  gone: (peer: string) => void = () => {},
  prepare?: () => Promise<unknown>,
): Promise<Emulator> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const listener = createServer(socket => {
    const peer = `${socket.remoteAddress}:${socket.remotePort}`;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      gone(peer);
    });
    firstBytes(socket, PREFACE.length, begin => {
      if (begin !== PREFACE) http.emit('connection', socket);
      else if (!prepare) injector.injectConnection(socket);
      else
        prepare().then(
          () => injector.injectConnection(socket),
          error => socket.destroy(error as Error),
        );
    });
  });
  return new Promise((resolve, reject) => {
    listener.on('error', reject);
    listener.listen(port, '127.0.0.1', () => {
      resolve({
        host: '127.0.0.1',
        port: (listener.address() as AddressInfo).port,
        stop: async () => {
          listener.close();
          injector.destroy();
          server.forceShutdown();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

/** Looks at the beginning and leaves it to be read by whoever comes next. */
function firstBytes(socket: Socket, length: number, seen: (begin: string) => void): void {
  const look = (): void => {
    const bytes: Buffer | null = socket.read(length);
    // Fewer than that: they stay where they are.
    if (bytes === null) return;
    socket.off('readable', look);
    socket.unshift(bytes);
    seen(bytes.toString('latin1'));
  };
  socket.on('readable', look);
}
