// Runs step.js from a code cache, which saves most of the time that a start spends on compiling. The platform has it made
// while it builds the image (npm's gcp-build: `node index.js`), so by the very Node that will read it; without a cache, or
// with one that Node does not take, the step starts all the same, only slower.
'use strict';
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { wrap } = require('node:module');
const { join } = require('node:path');
const { constants, Script } = require('node:vm');

const step = join(__dirname, 'step.js');
const cache = join(__dirname, 'step.cache');
const making = require.main === module;

const script = new Script(wrap(readFileSync(step, 'utf8')), {
  filename: step,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  ...(!making && existsSync(cache) && { cachedData: readFileSync(cache) }),
});
if (script.cachedDataRejected) console.warn('step.cache was made by another Node and is left unused.');

const run = () => script.runInThisContext()(exports, require, module, step, __dirname);
if (making) {
  // After a run the cache also holds the functions that were compiled on the way.
  try {
    run();
  } finally {
    writeFileSync(cache, script.createCachedData());
  }
} else {
  run();
}
