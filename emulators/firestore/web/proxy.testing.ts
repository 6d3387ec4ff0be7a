import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network between client and emulator that can fail. */
export interface Network {
  readonly port: number;
  /** Breaks every connection of now. */
  cut(): void;
  /** Refuses connections until it is said to be there again. */
  down(down: boolean): void;
  stop(): Promise<void>;
}

/** @param target asked for each connection: what stands there may have been started anew */
export async function startProxy(target: () => number): Promise<Network> {
  const sockets = new Set<Socket>();
  let refusing = false;
  const server = createServer(socket => {
    if (refusing) return void socket.destroy();
    const other = connect(target(), '127.0.0.1');
    for (const [one, two] of [
      [socket, other],
      [other, socket],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        two.destroy();
      });
      one.pipe(two);
    }
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    down: down => {
      refusing = down;
      if (down) cut();
    },
    stop: async () => {
      cut();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
