/** One copy of equal strings: a corpus of millions of tokens has some ten thousand distinct ones. */

const CAPACITY = 1 << 18;
let known = new Map<string, string>();

/** An equal string, the same one for each call. It holds no part of a longer text, as a slice does. */
export function intern(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  // What was seen before is forgotten when there is too much of it: memory stays bounded, and equal strings may have two copies.
  if (known.size >= CAPACITY) known = new Map();
  const copy = copyOf(text);
  known.set(copy, copy);
  return copy;
}

/** JavaScript engines let a slice of a text share the text's memory, which is then kept whole. */
function copyOf(text: string): string {
  const encoding = /^[\0-\xff]*$/.test(text) ? 'latin1' : 'utf16le';
  return Buffer.from(text, encoding).toString(encoding);
}
