import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { fingerprint } from './fingerprint.ts';

const BUILD = join(import.meta.dirname, 'build.ts');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
};

export interface SiteFile {
  readonly type: string;
  readonly content: Buffer;
}

/** What is served: files by their path, such as `/assets/index-4f2a.js`. */
export type Files = ReadonlyMap<string, SiteFile>;

/** The built page. Built at most once, when it is first wanted, and kept for the next start. */
export class Site {
  readonly #root: string;
  readonly #cache: string;
  #files: Promise<Files> | undefined;
  #child: ReturnType<typeof spawn> | undefined;

  /** @param cache where builds are kept */
  constructor(root: string, cache: string = join(root, 'node_modules/.cache/millrace-web')) {
    this.#root = root;
    this.#cache = cache;
  }

  /** @throws Error with what the build said; asked again, it tries again */
  files(): Promise<Files> {
    this.#files ??= this.#make().catch((error: unknown) => {
      this.#files = undefined;
      throw error;
    });
    return this.#files;
  }

  /** Ends a build that is under way. */
  stop(): void {
    this.#child?.kill();
  }

  async #make(): Promise<Files> {
    const folder = join(this.#cache, fingerprint(this.#root));
    if (!existsSync(folder)) await this.#build(folder);
    return read(folder);
  }

  async #build(folder: string): Promise<void> {
    const child = spawn(process.execPath, [BUILD, this.#root, folder], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    const ended = new Promise<number | null>((resolve, reject) =>
      child.on('error', reject).on('close', resolve),
    );
    const [said, code] = await Promise.all([text(child.stderr!), ended]);
    this.#child = undefined;
    if (code !== 0) throw new Error(said.trim() || `The build ended with code ${code}.`);
  }
}

function read(folder: string): Files {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry =>
    entry.isFile(),
  );
  return new Map(
    entries.map(entry => {
      const file = join(entry.parentPath, entry.name);
      const type = TYPES[extname(file)] ?? 'application/octet-stream';
      return [`/${relative(folder, file).split(sep).join('/')}`, { type, content: readFileSync(file) }];
    }),
  );
}
