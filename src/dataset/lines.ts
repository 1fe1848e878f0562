/** Text files line by line, compressed or not, with what is wrong about one said in words. */
import { createReadStream } from 'node:fs';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UserError } from '../core/errors.ts';

export interface Line {
  /** File and line, counted from 1, for messages. */
  readonly place: string;
  readonly text: string;
}

/** Lines without their ends; one behind the last line end counts only if it has text. Never holds more than a line and a block. */
export async function* readLines(path: string): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let number = 0;
  const decode = (bytes: Uint8Array): Line => {
    const place = `${path}, line ${++number}`;
    try {
      return { place, text: decoder.decode(bytes).replace(/\r$/, '') };
    } catch {
      throw new UserError(place, 'bytes that are no UTF-8 text', 'UTF-8');
    }
  };
  // A line may lie in many blocks: they are joined once, when its end is there.
  let open: Uint8Array[] = [];
  for await (const block of readBlocks(path)) {
    let from = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, from)) {
      yield decode(Buffer.concat([...open, block.subarray(from, end)]));
      open = [];
      from = end + 1;
    }
    if (from < block.length) open.push(block.subarray(from));
  }
  const last = Buffer.concat(open);
  if (last.length > 0) yield decode(last);
}

async function* readBlocks(path: string): AsyncGenerator<Buffer> {
  const isCompressed = path.endsWith('.gz');
  const file = createReadStream(path);
  // A fault of either stream reaches the one that is read.
  const stream: Readable = isCompressed ? pipeline(file, createGunzip(), () => undefined) : file;
  try {
    for await (const block of stream) yield block as Buffer;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(path, `cannot be read: ${reason}`, isCompressed ? 'a whole gzip file' : 'a file that may be read');
  }
}

/** One JSON object a line. A field of `names` that is missing is a `UserError`; whether its value is right is the caller's to say. */
export async function* readJsonLines<Name extends string>(
  path: string,
  names: readonly Name[],
): AsyncGenerator<{ readonly place: string; readonly row: Readonly<Record<Name, unknown>> }> {
  for await (const { place, text } of readLines(path)) {
    const row = parseObject(text, place);
    const missing = names.find((name) => !Object.hasOwn(row, name));
    if (missing !== undefined) {
      throw new UserError(place, `no field “${missing}” among ${Object.keys(row).join(', ')}`, names.join(', '));
    }
    yield { place, row: row as Record<Name, unknown> };
  }
}

function parseObject(text: string, place: string): object {
  const accepted = 'one JSON object a line';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(place, 'no JSON', accepted);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UserError(place, 'JSON, but no object', accepted);
  return value;
}
