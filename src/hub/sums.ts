/** A file's size and sums, read in pieces. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What a file must be. At least one sum: a hub names SHA-256 for large files and git's object id for small ones. */
export interface Expected {
  readonly size: number;
  readonly sha256?: string | undefined;
  /** SHA-1 over `blob SIZE\0` and the content. */
  readonly gitBlob?: string | undefined;
}

/** The file's sha256 when it is what it must be; else what differs. */
export async function verifyFile(
  path: string,
  expected: Expected,
): Promise<{ readonly sha256: string } | { readonly found: string; readonly expected: string }> {
  const { size } = await stat(path);
  if (size !== expected.size) return { found: `${size} bytes`, expected: `${expected.size} bytes` };
  const sha256 = createHash('sha256');
  const gitBlob = createHash('sha1').update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>) {
    sha256.update(chunk);
    // Recorded files have both; the stronger sum suffices.
    if (expected.sha256 === undefined) gitBlob.update(chunk);
  }
  const sum = sha256.digest('hex');
  if (expected.sha256 !== undefined) {
    return sum === expected.sha256 ? { sha256: sum } : { found: `sha256 ${sum}`, expected: `sha256 ${expected.sha256}` };
  }
  const id = gitBlob.digest('hex');
  return id === expected.gitBlob ? { sha256: sum } : { found: `git object ${id}`, expected: `git object ${expected.gitBlob ?? 'unknown'}` };
}
