import type { ServerResponse } from 'node:http';
import { sendText } from '../http.ts';
import { errorBody, StorageError } from './errors.ts';

/** The JSON API's shape; the plain message where bytes were asked for, as the service does; XML where the XML API was. */
export type ErrorForm = 'json' | 'text' | 'xml';

const FORMS: Readonly<Record<ErrorForm, readonly [string, (error: StorageError) => string]>> = {
  json: ['application/json; charset=UTF-8', error => JSON.stringify(errorBody(error))],
  text: ['text/plain; charset=UTF-8', error => error.message],
  xml: [
    'application/xml; charset=UTF-8',
    error => {
      const elements = { Code: xmlCode(error), Message: error.message, ...error.details };
      const body = Object.entries(elements).map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`);
      return `<?xml version='1.0' encoding='UTF-8'?><Error>${body.join('')}</Error>`;
    },
  ],
};

export function fail(res: ServerResponse, error: unknown, form: ErrorForm): void {
  // The client has gone, or has half of an answer: cutting it off tells it that the rest is missing.
  if (res.headersSent || res.socket === null || res.socket.destroyed) {
    res.destroy();
    return;
  }
  const known = error instanceof StorageError ? error : unexpected(error);
  const [type, body] = FORMS[form];
  if (known.code === 304) sendText(res, 304, '', {});
  else sendText(res, known.code, body(known), { 'content-type': type });
}

function unexpected(error: unknown): StorageError {
  console.error(error);
  return new StorageError(
    500,
    'backendError',
    `Internal error: ${error instanceof Error ? error.message : error}`,
  );
}

const XML_CODES: Readonly<Record<number, string>> = {
  404: 'NoSuchKey',
  412: 'PreconditionFailed',
  416: 'InvalidRange',
  501: 'NotImplemented',
};

/** Reasons that the XML API has a code of its own for: the same word. */
const XML_REASONS: ReadonlySet<string> = new Set([
  'accessDenied',
  'entityTooLarge',
  'entityTooSmall',
  'expiredToken',
  'malformedSecurityHeader',
  'requestTimeTooSkewed',
  'signatureDoesNotMatch',
]);

function xmlCode({ code, reason, message }: StorageError): string {
  if (XML_REASONS.has(reason)) return `${reason[0]!.toUpperCase()}${reason.slice(1)}`;
  return message.includes('bucket does not exist') ? 'NoSuchBucket' : (XML_CODES[code] ?? 'InvalidArgument');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const escapeXml = (text: string): string => text.replace(/[&<>]/g, character => ENTITIES[character]!);
