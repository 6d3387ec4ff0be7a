#!/usr/bin/env node
import module from 'node:module';

// Plain JavaScript, so that also a Node too old for the sources can say what is missing.
const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  console.error(
    `Millrace needs Node 24, this is ${process.versions.node}. Run it through npm (npm start, npm run -s millrace),`,
  );
  console.error('which uses the Node 24 that `npm ci` has installed.');
  process.exit(2);
}
// From the second start on, sources and clients load without being compiled again.
module.enableCompileCache();
// A reader that has seen enough (`millrace watch alerts | head`) is no failure.
process.stdout.on('error', error => process.exit(error.code === 'EPIPE' ? 0 : 1));
const { main } = await import('./main.ts');
const code = await main(process.argv.slice(2));
// Connections that the clients keep open for later would hold the process for seconds.
process.stdout.write('', () => process.exit(code));
