/** Walks through the bytes of a pickle, whose length only its last byte tells. */
import { UserError } from '../../core/errors.ts';
import type { ByteSource } from '../checkpoint-source.ts';

/** Far more than the names and shapes of any model's tensors (a tensor takes some 150 bytes). */
const MAX_PICKLE_BYTES = 2 ** 24;
const WINDOW_BYTES = 2 ** 16;

export interface Cursor {
  /** The file, and the byte that is read next. */
  readonly place: () => string;
  readonly position: () => number;
  readonly byte: () => number;
  /** The next bytes: a view, good until the next call. */
  readonly bytes: (count: number) => Uint8Array;
  /** The next bytes of a fixed number, as numbers. */
  readonly view: (count: number) => DataView;
}

export function makeCursor(source: ByteSource, begin: number): Cursor {
  const end = Math.min(source.size, begin + MAX_PICKLE_BYTES);
  let window = new Uint8Array();
  let windowAt = begin;
  let at = begin;
  const place = (): string => `${source.place}, byte ${at}`;
  const take = (count: number): Uint8Array => {
    if (count > end - at)
      throw new UserError(
        place(),
        `${count} bytes are said to follow, ${end - at} are left`,
        'a pickle that was written or downloaded whole',
      );
    if (at + count > windowAt + window.length) {
      window = new Uint8Array(Math.min(Math.max(count, WINDOW_BYTES), end - at));
      windowAt = at;
      source.read(window, at);
    }
    const from = at - windowAt;
    at += count;
    return window.subarray(from, from + count);
  };
  return {
    place,
    position: () => at,
    byte: () => take(1)[0]!,
    bytes: take,
    view: (count) => {
      const bytes = take(count);
      return new DataView(bytes.buffer, bytes.byteOffset, count);
    },
  };
}
