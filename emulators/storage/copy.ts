import { unimplemented } from './errors.ts';
import type { Handler } from './http.ts';
export const copy: Handler = () => {
  throw unimplemented('copy');
};
export const rewrite: Handler = () => {
  throw unimplemented('copy');
};
export const move: Handler = () => {
  throw unimplemented('copy');
};
export const compose: Handler = () => {
  throw unimplemented('copy');
};
