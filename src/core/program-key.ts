/** A program's content as a short key: what is crafted for a program is kept under it, and draws for it are forked by it. */
import { keyOf } from './hash.ts';
import type { Program } from './contracts.ts';

const keys = new WeakMap<Program, string>();

export function programKey(program: Program): string {
  const known = keys.get(program);
  if (known !== undefined) return known;
  const key = keyOf([program.tokens, program.functionName]);
  keys.set(program, key);
  return key;
}
