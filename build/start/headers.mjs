// The class that node-fetch brings along, with which the Google clients fetch. No types come with it.
export { default as Headers } from 'node-fetch/src/headers.js';
