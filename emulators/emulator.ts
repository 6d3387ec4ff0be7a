/** What every emulator is once it listens. Each folder exports one `start…` that resolves to this and more. */
export interface Emulator {
  /** Always 127.0.0.1: nothing here is meant for a network. */
  readonly host: '127.0.0.1';
  /** The port it got; a start with port 0 lets the system choose. */
  readonly port: number;
  /** Closes the listener and every open stream; resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}
