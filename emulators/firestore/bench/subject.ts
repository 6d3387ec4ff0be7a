import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findGoogleJar, startGoogle } from '../google.testing.ts';

/** An emulator under measurement, in a process of its own. */
export interface Subject {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

export async function startOurs(): Promise<Subject> {
  const child = fork(join(import.meta.dirname, 'serve.ts'));
  const [port] = (await once(child, 'message')) as [number];
  return { name: 'Millrace', port, pid: child.pid!, stop: () => child.disconnect() };
}

/** With the heap that Java takes by itself, as gcloud starts it; undefined where it is not installed. */
export async function startTheirs(): Promise<Subject | undefined> {
  const jar = findGoogleJar();
  if (!jar) return undefined;
  return { name: 'Google’s', ...(await startGoogle(jar, [])) };
}

const TICKS_A_SECOND = 100;

/** User and kernel time in milliseconds, from Linux. */
export function processorTime(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_A_SECOND;
}

/** Resident memory in megabytes: of now, and at its highest. */
export function memory(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string): number =>
    Math.round(Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)![1]) / 1024);
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') };
}
