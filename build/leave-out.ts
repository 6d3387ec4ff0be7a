import type { Plugin } from 'esbuild';

/**
 * Generated message classes, a third of all the code, twice over. They are there for programs that name messages
 * themselves: the client works from the JSON descriptors beside them. Firestore's, in contrast, are used by its client.
 */
const CLASSES = /node_modules\/@google-cloud\/pubsub(-api)?\/build\/protos\/protos\.js$/;

/** What stands in their place says so, should a step ever ask for one. */
const STAND_IN = `Object.defineProperty(exports, 'google', {
  enumerable: true,
  get() { throw new Error("Pub/Sub's message classes are not in the archive: see build/leave-out.ts."); },
});`;

export const leaveOut: Plugin = {
  name: 'leave-out',
  setup({ onLoad }) {
    onLoad({ filter: CLASSES }, () => ({ contents: STAND_IN, loader: 'js' }));
  },
};
