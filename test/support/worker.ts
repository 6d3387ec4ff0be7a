/** A worker as its container runs it, from the sources: `node worker.ts functions/STEP OPTION…`. */
import { enableCompileCache } from 'node:module';
import { basename, resolve } from 'node:path';

enableCompileCache();
const [folder = ''] = process.argv.splice(2, 1);
await import(resolve(folder, 'index.ts'));
const { main } = await import('../../services/worker/main.ts');
await main(basename(folder));
