import { connect, type Socket } from 'node:net';
import { type Answer, ResponseReader } from './response.ts';

/** Told once what became of a request. */
export interface Listener {
  answered(answer: Answer): void;
  /** The connection was never there, or ended before the answer did. */
  lost(error: NodeJS.ErrnoException): void;
}

const HTTP_PORT = 80;

/** Connections to steps, kept while nothing is asked over them. */
export class Connections {
  /** By host and port; the one that was used last is used first. */
  readonly #idle = new Map<string, Connection[]>();
  readonly #open = new Set<Connection>();

  /** @param pieces bytes of a request, to be sent one after the other */
  send({ host, hostname, port }: URL, pieces: readonly Uint8Array[], listener: Listener): Connection {
    const idle = this.#idle.get(host) ?? [];
    this.#idle.set(host, idle);
    const connection = idle.pop() ?? this.#connect(hostname, port === '' ? HTTP_PORT : Number(port), idle);
    connection.send(pieces, listener);
    return connection;
  }

  /** Ends them all; what is under way is lost. */
  close(): void {
    for (const connection of this.#open) connection.close();
  }

  #connect(hostname: string, port: number, idle: Connection[]): Connection {
    const socket = connect({ host: hostname, port, noDelay: true });
    const connection = new Connection(socket, {
      free: () => idle.push(connection),
      closed: () => {
        this.#open.delete(connection);
        const at = idle.indexOf(connection);
        if (at >= 0) idle.splice(at, 1);
      },
    });
    this.#open.add(connection);
    return connection;
  }
}

/** One connection, which bears one request at a time. */
export class Connection {
  readonly #socket: Socket;
  readonly #free: () => void;
  #reader = new ResponseReader();
  #listener: Listener | undefined;
  #error: NodeJS.ErrnoException | undefined;

  constructor(socket: Socket, { free, closed }: { readonly free: () => void; readonly closed: () => void }) {
    this.#socket = socket;
    this.#free = free;
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('error', error => {
      this.#error = error;
    });
    socket.on('close', () => {
      closed();
      this.#ended();
    });
  }

  send(pieces: readonly Uint8Array[], listener: Listener): void {
    this.#listener = listener;
    // Together: a piece of its own may otherwise wait for the receiver to acknowledge the one before.
    if (pieces.length > 1) this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    if (pieces.length > 1) this.#socket.uncork();
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    try {
      const answer = this.#reader.read(bytes);
      if (answer) this.#settle(answer);
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  #settle(answer: Answer): void {
    const listener = this.#listener;
    this.#listener = undefined;
    if (answer.reusable && listener) {
      this.#reader = new ResponseReader();
      this.#free();
    } else this.#socket.destroy();
    listener?.answered(answer);
  }

  #ended(): void {
    const answer = this.#error ? undefined : this.#reader.end();
    const listener = this.#listener;
    this.#listener = undefined;
    if (answer) listener?.answered(answer);
    else listener?.lost(this.#error ?? new Error('it was closed'));
  }
}
