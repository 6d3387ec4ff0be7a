#!/usr/bin/env node
// Plain JavaScript, so that also a Node too old for the sources can say what is missing.
const [major] = process.versions.node.split('.');
if (Number(major) < 24) {
  console.error(
    `Millrace needs Node 24, this is ${process.versions.node}. Run it through npm (npm start, npm run millrace),`,
  );
  console.error('which uses the Node 24 that `npm ci` has installed.');
  process.exit(2);
}
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
