/** An HTTP date is cut to the second: on average the server is half a second further. */
const HALF_SECOND = 500;

/**
 * The server's time, whatever the clock of this computer says and however it is set meanwhile: the time of an answer, from
 * there on by the browser's own running time. That may stand still while a computer sleeps, and an answer may be
 * inexact: a document that has just come is never from the future, so its time moves the clock on.
 */
export class ServerClock {
  readonly #running: () => number;
  /** Server's time when the running time was zero, ms. */
  #origin: number;

  /** @param running ms since some moment, which no one can set */
  constructor(wall: () => number = Date.now, running: () => number = () => performance.now()) {
    this.#running = running;
    this.#origin = wall() - running();
  }

  now(): number {
    return this.#origin + this.#running();
  }

  /** @param date of an answer's header; @param sent and received: running time, ms */
  hear(date: string | null, sent: number, received: number): void {
    const time = Date.parse(date ?? '');
    if (!Number.isNaN(time)) this.#origin = time + HALF_SECOND - (sent + received) / 2;
  }

  /** Takes in a time that the server has written into a document. */
  see(written: number | undefined): void {
    if (written !== undefined && written > this.now()) this.#origin = written - this.#running();
  }
}
