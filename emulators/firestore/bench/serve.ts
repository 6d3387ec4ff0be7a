import { startFirestore } from '../server.ts';

/** A process with nothing but the emulator in it: its memory and processor time are the emulator's. */
const { port } = await startFirestore();
process.send!(port);
process.on('disconnect', () => process.exit());
