/** As much of a WebChannel client as a test needs to misbehave at will. */
export class RawChannel {
  readonly #base: string;
  readonly #handshake: string;
  readonly #form: URLSearchParams;
  sid = '';
  /** Last array that has been read. */
  aid = 0;
  offset = 0;

  constructor(port: number, rpc: 'Listen' | 'Write', database: string, messages: readonly object[]) {
    const parameters = new URLSearchParams({ VER: '8', database });
    this.#base = `http://127.0.0.1:${port}/google.firestore.v1.Firestore/${rpc}/channel?${parameters}`;
    this.#handshake = `${this.#base}&RID=1&CVER=22&zx=${Math.random()}`;
    this.#form = this.#formOf(messages);
    this.#form.set('headers', 'Authorization:Bearer owner\r\n');
  }

  /** Can be repeated, as a browser does that has lost the answer. */
  async open(): Promise<void> {
    const response = await fetch(this.#handshake, { method: 'POST', body: this.#form });
    const [[, [, sid]]] = parse(await response.text()) as [[number, [string, string]]];
    this.sid = sid;
  }

  /** Sends messages forward and resolves with the status and what was answered. */
  async post(messages: readonly object[]): Promise<{ status: number; text: string }> {
    const response = await fetch(`${this.#base}&SID=${this.sid}&AID=${this.aid}&RID=2`, {
      method: 'POST',
      body: this.#formOf(messages),
    });
    return { status: response.status, text: await response.text() };
  }

  async terminate(): Promise<number> {
    const url = `${this.#base}&SID=${this.sid}&RID=3&TYPE=terminate`;
    return (await fetch(url, { method: 'POST' })).status;
  }

  /** @param parameters e.g. `&CI=1&TO=1000` */
  back(parameters = '&CI=0'): Promise<Response> {
    return fetch(`${this.#base}&SID=${this.sid}&AID=${this.aid}&RID=rpc&TYPE=xmlhttp${parameters}`);
  }

  /** Reads answers until one of them ends with this condition met; goes on with the next where the server ends one. */
  async readUntil(enough: (payloads: readonly unknown[]) => boolean): Promise<unknown[]> {
    const payloads: unknown[] = [];
    while (!enough(payloads)) {
      const response = await this.back();
      const decoder = new TextDecoder();
      const reader = response.body!.getReader();
      let text = '';
      while (!enough(payloads)) {
        const { value, done } = await reader.read();
        if (done) break;
        text += decoder.decode(value, { stream: true });
        const whole = wholeFrames(text);
        for (const [id, payload] of parse(text.slice(0, whole))) {
          if (id <= this.aid) continue;
          this.aid = id;
          payloads.push(payload);
        }
        text = text.slice(whole);
      }
      await reader.cancel();
    }
    return payloads;
  }

  #formOf(messages: readonly object[]): URLSearchParams {
    const form = new URLSearchParams({ count: String(messages.length), ofs: String(this.offset) });
    for (const [i, message] of messages.entries()) form.set(`req${i}___data__`, JSON.stringify(message));
    this.offset += messages.length;
    return form;
  }
}

/** Length of the frames that are there entirely. */
function wholeFrames(text: string): number {
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\n', at);
    const end = lineEnd + 1 + Number(text.slice(at, lineEnd));
    if (lineEnd < 0 || end > text.length) return at;
    at = end;
  }
}

/** The arrays of whole frames. */
export function parse(frames: string): [id: number, payload: unknown][] {
  const arrays: [number, unknown][] = [];
  for (let at = 0; at < frames.length; ) {
    const lineEnd = frames.indexOf('\n', at);
    const end = lineEnd + 1 + Number(frames.slice(at, lineEnd));
    arrays.push(...(JSON.parse(frames.slice(lineEnd + 1, end)) as [number, unknown][]));
    at = end;
  }
  return arrays;
}
