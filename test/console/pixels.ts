import type { Page } from 'playwright-core';
import { startPeople } from './browser.ts';
import { liveEvent } from './documents.ts';
import { enter, startStage } from './stage.ts';

/**
 * `node test/console/pixels.ts`: from the write of a result by a server to its pixels in Chromium, at 50 results a second. The
 * browser, the emulator and the writer share this machine, and its clock.
 */
const RATE = 50;
const SECONDS = 10;
const WARM_UP = RATE;

const stage = await startStage();
const people = await startPeople();
try {
  const page = await people.visit(stage.url);
  await enter(page);
  await record(page);
  const started = await write(WARM_UP + RATE * SECONDS);
  await page.waitForTimeout(1000);
  const painted = (await page.evaluate('globalThis.painted')) as Record<string, number>;
  const times = started.flatMap((start, at) => {
    const seen = painted[`Place ${at}`];
    return at < WARM_UP || seen === undefined ? [] : seen - start;
  });
  times.sort((a, b) => a - b);
  const percentile = (share: number): string => `${times[Math.floor(times.length * share)]!.toFixed(0)} ms`;
  console.log(
    `| from the write of a result to its pixels, ${RATE} results/s, p50 (p99) | < 50 (200) ms | ${percentile(0.5)} (${percentile(0.99)}), ${times.length} of ${RATE * SECONDS} seen |`,
  );
} finally {
  await people.stop();
  await stage[Symbol.asyncDispose]();
}

/** Notes of each row of the latest events when the first frame with it has been drawn. */
async function record(page: Page): Promise<void> {
  await page.evaluate(`{
    globalThis.painted = {};
    const drawn = () => {
      const now = Date.now();
      for (const row of document.querySelectorAll('.event-text')) globalThis.painted[row.textContent] ??= now;
    };
    // The page draws within a frame's callback: a task that is put in line there runs once the frame has been painted.
    const channel = new MessageChannel();
    channel.port1.onmessage = drawn;
    new MutationObserver(() => channel.port2.postMessage(0))
      .observe(document.querySelector('#main'), { childList: true, subtree: true, characterData: true });
  }`);
}

/** @returns when each was begun to be written */
async function write(count: number): Promise<number[]> {
  const events = stage.firestore().collection('live/quakes/liveEvents');
  const started: number[] = [];
  const first = Date.now();
  const writes: Promise<unknown>[] = [];
  for (let at = 0; at < count; at++) {
    const due = first + (at * 1000) / RATE;
    if (due > Date.now()) await new Promise(resolve => setTimeout(resolve, due - Date.now()));
    started.push(Date.now());
    writes.push(events.doc(`e${at}`).set(liveEvent(at)));
  }
  await Promise.all(writes);
  return started;
}
