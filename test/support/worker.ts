/** A worker as its container runs it, from the sources: `node worker.ts STEP OPTION…`. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const [step = ''] = process.argv.splice(2, 1);
await import(`../../functions/${step}/index.ts`);
const { main } = await import('../../services/worker/main.ts');
await main(step);
