import type { Problem } from '../data/problems.ts';

/** What the step `upload-url` hands to who may: where a file goes. */
export interface Permit {
  /** Signed: opens the upload's session. */
  readonly url: string;
  /** Those that the signature is over; sent as they are. */
  readonly headers: Readonly<Record<string, string>>;
  /** The object that it becomes, as gs://BUCKET/NAME. */
  readonly file: string;
}

/** Why no permit was given, in words. */
export class NotPermitted extends Error {
  override readonly name = 'NotPermitted';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.title);
    this.problem = problem;
  }
}

const PROBLEMS: Readonly<Record<number, Problem>> = {
  401: { title: 'Your sign-in is no longer valid', help: 'Sign out and in again.' },
  403: {
    title: 'You may not upload to this pipeline',
    help: 'Ask an operator for the claim publisher with its name.',
  },
  404: { title: 'Uploads are not offered here', help: 'Deploy the step upload-url, or use millrace upload.' },
  413: { title: 'The file is too large', help: 'Cut it into smaller files.' },
  429: { title: 'Too many uploads at once', help: 'Wait a minute, then drop the file again.' },
};

/** @throws NotPermitted; a TypeError when the step cannot be reached */
export async function askPermit(
  uploadUrl: string,
  token: string,
  pipeline: string,
  file: File,
): Promise<Permit> {
  const response = await fetch(uploadUrl, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ pipeline, name: file.name, size: file.size, contentType: typeOf(file) }),
  });
  if (response.ok) return (await response.json()) as Permit;
  const { error } = (await response.json().catch(() => ({}))) as { error?: string };
  const known = PROBLEMS[response.status];
  throw new NotPermitted({
    title: known?.title ?? 'The upload was refused',
    help: typeof error === 'string' ? error : (known?.help ?? 'Try again later.'),
  });
}

export const typeOf = (file: Pick<File, 'type'>): string => file.type || 'application/octet-stream';
