/** Parts of Arrow columns made by hand: millions of tokens are too many for Arrow's own builders. */
import { Int32, makeData, Utf8, type Data, type List } from 'apache-arrow';

export function textColumn(texts: readonly (string | null)[]): Data<Utf8> {
  const encoded = texts.map((text) => {
    // A lone surrogate has no UTF-8 form and would come back as another string.
    if (text !== null && /\p{Surrogate}/u.test(text)) throw new RangeError(`${JSON.stringify(text)} is no well-formed text`);
    return Buffer.from(text ?? '', 'utf8');
  });
  return makeData({
    type: new Utf8(),
    length: texts.length,
    valueOffsets: offsetsOf(encoded.map((bytes) => bytes.length)),
    data: Buffer.concat(encoded),
    ...validity(texts.map((text) => text !== null)),
  });
}

/** Where each row begins, and the end of the last. */
export function offsetsOf(lengths: readonly number[]): Int32Array {
  const offsets = new Int32Array(lengths.length + 1);
  for (const [index, length] of lengths.entries()) offsets[index + 1] = offsets[index]! + length;
  return offsets;
}

/** Arrow's bitmap of rows that are there, least significant bit first. */
export function validity(isThere: readonly boolean[]): { nullCount: number; nullBitmap: Uint8Array } {
  const nullBitmap = new Uint8Array(Math.ceil(isThere.length / 8));
  for (const [index, there] of isThere.entries()) if (there) nullBitmap[index >> 3]! |= 1 << (index & 7);
  return { nullCount: isThere.filter((there) => !there).length, nullBitmap };
}

export function listColumn(lengths: readonly number[], type: List, child: Data): Data {
  return makeData({ type, length: lengths.length, nullCount: 0, valueOffsets: offsetsOf(lengths), child });
}

export function integerColumn(values: readonly (number | null)[]): Data {
  const data = Int32Array.from(values, (value) => value ?? 0);
  return makeData({ type: new Int32(), length: data.length, data, ...validity(values.map((value) => value !== null)) });
}
