/**
 * A resumable upload, as Cloud Storage has it
 * ({@link https://cloud.google.com/storage/docs/performing-resumable-uploads}): a session is opened by a signed URL, takes
 * the file in pieces, and says after a cut how far it has come.
 */
export interface Resumable {
  /** The session's own URL; whoever has it may go on with the upload. */
  readonly session: string;
  readonly file: Blob;
  /** Bytes that are safe. */
  readonly progress: (sent: number) => void;
  readonly signal: AbortSignal;
  readonly wait?: (ms: number) => Promise<void>;
}

/** Pieces are multiples of 256 KiB. */
const PIECE = 8 * 256 * 1024;
/** A cut of a minute is lived through; what lasts longer is told. */
const ATTEMPTS = 8;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/** The server has refused; to send the same again would change nothing. */
export class UploadRefused extends Error {
  override readonly name = 'UploadRefused';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Opens a session. @throws UploadRefused */
export async function openSession(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const response = await fetch(url, { method: 'POST', headers, signal });
  const session = response.headers.get('location');
  if (!response.ok || !session) throw await refusal(response);
  return session;
}

/**
 * Sends the file, from wherever the session has come to, over as many cuts as it takes.
 *
 * @returns the object's generation, where the answer says it
 * @throws UploadRefused, or the last network error once all attempts are spent
 */
export async function send(upload: Resumable): Promise<string | undefined> {
  const { file, signal, progress, wait = pause } = upload;
  let at = 0;
  let failures = 0;
  let cut = false;
  for (;;) {
    try {
      const answer = cut ? await ask(upload) : await put(upload, at);
      cut = false;
      progress(answer.done ? file.size : answer.next);
      if (answer.done) return answer.generation;
      if (answer.next > at) failures = 0;
      at = answer.next;
    } catch (error) {
      if (error instanceof UploadRefused || signal.aborted || ++failures >= ATTEMPTS) throw error;
      cut = true;
      await wait(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 1)));
    }
  }
}

type Answer =
  | { readonly done: true; readonly generation: string | undefined }
  | { readonly done: false; readonly next: number };

function put({ session, file, signal }: Resumable, at: number): Promise<Answer> {
  const end = Math.min(file.size, at + PIECE);
  const range = file.size === 0 ? 'bytes */0' : `bytes ${at}-${end - 1}/${file.size}`;
  return request(session, range, file.slice(at, end), signal);
}

function ask({ session, file, signal }: Resumable): Promise<Answer> {
  return request(session, `bytes */${file.size}`, null, signal);
}

async function request(
  session: string,
  range: string,
  body: Blob | null,
  signal: AbortSignal,
): Promise<Answer> {
  const response = await fetch(session, { method: 'PUT', headers: { 'content-range': range }, body, signal });
  if (response.status === 308) {
    const last = /-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
    return { done: false, next: last === undefined ? 0 : Number(last) + 1 };
  }
  if (response.ok) return { done: true, generation: response.headers.get('x-goog-generation') ?? undefined };
  if (response.status >= 500 || response.status === 429)
    throw new Error(`Storage answered ${response.status}`);
  throw await refusal(response);
}

async function refusal(response: Response): Promise<UploadRefused> {
  const words = (await response.text().catch(() => ''))
    .replace(/<[^>]*>/g, ' ')
    .trim()
    .slice(0, 300);
  return new UploadRefused(response.status, words || `Storage answered ${response.status}`);
}

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
