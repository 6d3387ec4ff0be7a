import { addExactly, type ExactSum } from './exact-sum.ts';

/** 2^27 + 1 parts a double into halves of 26 bits, whose products are exact. */
const SPLITTER = 134_217_729;

/**
 * Adds a · b to a sum, exactly: the rounded product and its rounding error are both doubles (T. J. Dekker, "A
 * Floating-Point Technique for Extending the Available Precision", 1971). Exact while |a|, |b| and |a · b| stay below 2^990
 * and the product's last bits above 2^-1074.
 */
export function addProduct(sum: ExactSum, a: number, b: number): void {
  const product = a * b;
  const [wideA, wideB] = [SPLITTER * a, SPLITTER * b];
  const highA = wideA - (wideA - a);
  const highB = wideB - (wideB - b);
  const [lowA, lowB] = [a - highA, b - highB];
  const error = lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
  addExactly(sum, error);
  addExactly(sum, product);
}
