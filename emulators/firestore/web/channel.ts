import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { GrpcError } from '../../grpc/errors.ts';
import { frame } from './framing.ts';
import { ChannelSession, NOOP } from './session.ts';
import { statusName } from './to-json.ts';

/** A session ends so long after its client was last heard of: a closed page does not say goodbye. */
const EXPIRY_MS = 120_000;
/** An answer to a long poll ends in time before the client takes it for dead. */
const POLL_MS = 30_000;
const PROTOCOL_VERSION = 8;
const SERVER_VERSION = 12;
/**
 * A client acknowledges with its next request only. Behind so many characters the back channel ends, so that the client
 * comes again at once, says what it has, and lets us forget that.
 */
const TURN_LENGTH = 64 * 1024;
/** Behind so many characters the client is taken for slow. */
const FULL_LENGTH = 256 * 1024;

/** What a session is for: the RPC at its end. */
export interface Call {
  /** @param bytes length of the message as it came */
  receive(message: unknown, bytes: number): void;
  /** The client has caught up again, see {@link Channel.full}. */
  drained(): void;
  close(): void;
}

export interface BackChannel {
  readonly res: ServerResponse;
  /** One delivery, then the answer ends. */
  readonly poll: boolean;
  readonly pollMs: number | undefined;
}

interface Attached extends BackChannel {
  since: number;
  lastWrite: number;
}

/** One WebChannel session and whatever back channel it has at the moment. Times in milliseconds. */
export class Channel {
  readonly id: string = randomBytes(16).toString('base64url');
  readonly handshake: string;
  readonly hostPrefix: string;
  /** The answer to the handshake. */
  readonly greeting: string;
  readonly #session = new ChannelSession();
  readonly #keepaliveMs: number;
  readonly #call: Call;
  #back: Attached | undefined;
  #heard = Date.now();
  #flushing = false;
  /** Something other than a noop waits for the back channel. */
  #news = false;
  #wasFull = false;
  #closed = false;

  /**
   * @param handshake what a repeated handshake is known by
   * @param hostPrefix the client asks for its back channel at this subdomain; '' where it came
   */
  constructor(handshake: string, hostPrefix: string, keepaliveMs: number, open: (channel: Channel) => Call) {
    this.handshake = handshake;
    this.hostPrefix = hostPrefix;
    this.#keepaliveMs = keepaliveMs;
    const greeting = ['c', this.id, hostPrefix, PROTOCOL_VERSION, SERVER_VERSION, keepaliveMs];
    this.#session.push(JSON.stringify(greeting));
    this.greeting = this.#session.next()!;
    this.#call = open(this);
  }

  /** The client does not keep up: what can wait or be summed up should. */
  get full(): boolean {
    return this.#session.outstanding > FULL_LENGTH;
  }

  /** @param message JSON of one message of the RPC */
  send(message: string): void {
    if (this.#closed) return;
    this.#news = true;
    this.#push(`[${message}]`);
  }

  /** Ends the RPC; the client learns of it and gives the session up. */
  fail(error: GrpcError): void {
    if (this.#closed) return;
    this.send(
      JSON.stringify({ error: { code: error.code, message: error.message, status: statusName(error.code) } }),
    );
    this.close();
  }

  /** No more messages in either direction; what is queued can still be fetched. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#call.close();
  }

  /** Takes messages of the client and says how the back channel is. */
  receive(offset: number, messages: readonly string[], acknowledged: number): string {
    this.#heard = Date.now();
    this.#acknowledge(acknowledged);
    for (const message of this.#session.receive(offset, messages))
      if (!this.#closed) this.#call.receive(JSON.parse(message), Buffer.byteLength(message));
    const { lastId, outstanding } = this.#session;
    return frame(JSON.stringify([this.#back ? 1 : 0, lastId, outstanding]));
  }

  #acknowledge(id: number): void {
    this.#session.acknowledge(id);
    if (!this.#wasFull || this.full) return;
    this.#wasFull = false;
    if (!this.#closed) this.#call.drained();
  }

  attach(back: BackChannel, acknowledged: number): void {
    const now = Date.now();
    this.#heard = now;
    this.#detach();
    this.#back = { ...back, since: now, lastWrite: now };
    back.res.on('close', () => {
      if (this.#back?.res === back.res) this.#back = undefined;
    });
    this.#acknowledge(acknowledged);
    this.#session.rewind(acknowledged);
    this.#news = this.#session.hasMore;
    // The first byte must come at once: else the client suspects a proxy that holds everything back.
    if (!this.#session.hasMore) this.#session.push(NOOP);
    this.#flush();
  }

  #push(payload: string): void {
    this.#session.push(payload);
    if (this.full) this.#wasFull = true;
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(now = Date.now()): void {
    const back = this.#back;
    if (!back) return;
    for (let next = this.#session.next(); next !== undefined; next = this.#session.next()) {
      back.res.write(next);
      back.lastWrite = now;
    }
    const delivered = back.poll ? this.#news : this.#session.outstanding > TURN_LENGTH;
    this.#news = false;
    if (delivered) this.#detach();
  }

  #detach(): void {
    const back = this.#back;
    this.#back = undefined;
    back?.res.end();
  }

  /** Call about once a second. Says whether the session still lives. */
  tick(now: number): boolean {
    const back = this.#back;
    if (!back) return now - this.#heard < EXPIRY_MS;
    this.#heard = now;
    const { poll, pollMs = POLL_MS } = back;
    const idle = now - back.lastWrite >= this.#keepaliveMs;
    const over = poll && now - back.since >= pollMs;
    if (idle || over) {
      this.#session.push(NOOP);
      this.#flush(now);
      if (over) this.#detach();
    }
    return true;
  }

  destroy(): void {
    this.close();
    this.#detach();
  }
}
