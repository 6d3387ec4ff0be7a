import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseLine, type Severity } from './log.ts';
import type { ChildOptions, HostMessage } from './protocol.ts';

const HOST = fileURLToPath(new URL('./host.ts', import.meta.url));
/** Node's own defaults let the young generation take 60 MB more, and garbage up to thrice what is alive, at the same speed. */
const HEAP_FLAGS = ['--max-semi-space-size=24', '--heap-growing-percent=70'];
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 5_000;
/** A child that has lived this long was healthy: its next crash is answered quickly again. */
const HEALTHY_AFTER = 10_000;

/** One host process that is started again whenever it ends, until `stop`. */
export class Child {
  readonly #options: ChildOptions;
  /** Where the steps that are loaded take requests. */
  readonly #loaded = new Map<string, URL>();
  readonly #failures = new Map<string, string>();
  readonly #waiting: PromiseWithResolvers<void>[] = [];
  readonly #asking: (() => void)[] = [];
  readonly #only: string | undefined;
  #process: ChildProcess | undefined;
  #port: number | undefined;
  #pause = FIRST_PAUSE;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  restarts = 0;

  constructor(options: ChildOptions) {
    this.#options = options;
    const names = Object.keys(options.steps);
    this.#only = names.length === 1 ? names[0] : undefined;
    this.#start();
  }

  get port(): number | undefined {
    return this.#port;
  }

  /** Steps of this process that could not be loaded, with the reason. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  endpoint(step: string): URL | undefined {
    return this.#loaded.get(step);
  }

  /**
   * Resolves once every step is loaded or has failed to load, also after crashes on the way.
   * @throws when the port is taken; it goes on trying
   */
  ready(): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    this.#waiting.push(waiting);
    if (this.#settled() || this.#stopped) this.#wake();
    return waiting.promise;
  }

  /** Resolves once the process has told what its steps have used until now, or is gone. */
  measured(): Promise<void> {
    return new Promise(done => {
      if (!this.#process?.connected) return done();
      this.#asking.push(done);
      this.#process.send('measure', error => error && done());
    });
  }

  kill(): void {
    // An end that was asked for is no sign of a step that cannot run: it needs no longer pause each time.
    this.#pause = FIRST_PAUSE;
    this.#process?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = new Promise<void>(resolve => child.once('close', () => resolve()));
      child.kill('SIGKILL');
      await gone;
    }
    this.#wake();
  }

  #settled(): boolean {
    return this.#loaded.size + this.#failures.size === Object.keys(this.#options.steps).length;
  }

  #start(): void {
    const startedAt = Date.now();
    const { steps, port, environment } = this.#options;
    const child = fork(HOST, [JSON.stringify({ steps, port })], {
      env: { ...environment },
      execArgv: HEAP_FLAGS,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#process = child;
    this.#read(child.stdout, 'INFO');
    this.#read(child.stderr, 'ERROR');
    child.on('message', message => this.#hear(message as HostMessage));
    child.on('error', error =>
      this.#say('ERROR', `The functions host could not be started: ${error.message}`),
    );
    child.on('exit', (code, signal) => this.#ended(startedAt, signal ?? `exit code ${code}`));
  }

  #hear(message: HostMessage): void {
    if (message.kind === 'listening') this.#port = message.port;
    if (message.kind === 'refused') {
      const error = new Error(`The functions host could not start: ${message.error}`);
      this.#say('ERROR', error.message);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    }
    if (message.kind === 'used')
      for (const [step, used] of Object.entries(message.steps)) this.#options.used(step, used);
    if (message.kind === 'told') for (const done of this.#asking.splice(0)) done();
    if (message.kind === 'loaded')
      this.#loaded.set(message.step, new URL(`http://127.0.0.1:${this.#port}/${message.step}`));
    if (message.kind === 'failed') {
      this.#failures.set(message.step, message.error);
      const { file } = this.#options.steps[message.step]!;
      this.#say('ERROR', `${file} could not be loaded, so its events wait: ${message.error}`, message.step);
    }
    if (this.#settled()) this.#wake();
  }

  #ended(startedAt: number, how: string): void {
    this.#port = undefined;
    this.#loaded.clear();
    this.#failures.clear();
    for (const done of this.#asking.splice(0)) done();
    if (this.#stopped) return;
    if (Date.now() - startedAt >= HEALTHY_AFTER) this.#pause = FIRST_PAUSE;
    const who = this.#only ? `Step ${this.#only}` : 'The functions host';
    this.#say('ERROR', `${who} ended (${how}); it starts again in ${this.#pause} ms`);
    this.#timer = setTimeout(() => this.#start(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
    this.restarts++;
  }

  #read(stream: Readable | null, severity: Severity): void {
    if (!stream) return;
    createInterface({ input: stream }).on('line', line => {
      if (line !== '') this.#options.log(parseLine(line, severity, this.#only));
    });
  }

  #say(severity: Severity, message: string, step = this.#only): void {
    this.#options.log({ ...(step === undefined ? {} : { step }), severity, message, fields: {} });
  }

  #wake(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }
}
