/** One file into its place: in ranges into `NAME.part`, resumed after a cut, its sum checked before it gets its name. */
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { HubFault, networkFault, retrying, type FaultKind } from './faults.ts';
import type { ByteStream } from './repository.ts';
import { verifyFile, type Expected } from './sums.ts';

export interface DownloadOptions {
  /** Bytes `from` to `to` (exclusive). */
  readonly read: (from: number, to: number) => Promise<ByteStream>;
  /** Server, for messages. */
  readonly host: string;
  readonly signal?: AbortSignal | undefined;
  readonly wait: (seconds: number) => Promise<void>;
  readonly onBytes: (done: number) => void;
  /** Longest part asked for at once. */
  readonly rangeBytes: number;
}

/** Within a download the network was there a moment ago: that it is gone may pass, too. */
const passing: ReadonlySet<FaultKind> = new Set(['unreachable', 'cut', 'busy']);

/** A try that brought this much before a cut was none in vain: a poor line gets through, an endless row of tiny answers does not. */
const PROGRESS_BYTES = 2 ** 20;

/** Rejects with a HubFault; what is wrong is removed, what is only unfinished stays for the next call. Returns the file's sha256. */
export async function downloadTo(path: string, expected: Expected, options: DownloadOptions): Promise<string> {
  const part = `${path}.part`;
  try {
    await fill(part, expected.size, options);
    const verdict = await verifyFile(part, expected);
    if (!('sha256' in verdict)) {
      throw new HubFault('wrong', `${options.host} sent wrong bytes: ${path} has ${verdict.found} instead of ${verdict.expected}`);
    }
    await rename(part, path);
    return verdict.sha256;
  } catch (error) {
    if (error instanceof HubFault && error.kind === 'wrong') await rm(part, { force: true });
    throw error;
  }
}

async function fill(part: string, size: number, options: DownloadOptions): Promise<void> {
  const file = await open(part, 'a');
  try {
    let done = (await file.stat()).size;
    // Left over from another edition of the file.
    if (done > size) {
      await file.truncate(0);
      done = 0;
    }
    options.onBytes(done);
    while (done < size) {
      const to = Math.min(size, done + options.rangeBytes);
      // A cut leaves `done` where the file ends, so that each try asks for the rest only.
      const fetchRest = async (): Promise<void> => {
        const before = done;
        try {
          for await (const bytes of receive(await options.read(done, to), to - done, options)) {
            await append(file, bytes);
            done += bytes.length;
            options.onBytes(done);
          }
        } catch (error) {
          const isCut = error instanceof HubFault && error.kind === 'cut';
          // A connection may be torn behind the last byte.
          if (!isCut || (done < to && done - before < PROGRESS_BYTES)) throw error;
        }
      };
      await retrying(fetchRest, passing, options.wait);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Exactly `length` bytes, or a fault: fewer are a cut, more are wrong. */
async function* receive(stream: ByteStream, length: number, { host, signal }: DownloadOptions): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let received = 0;
  try {
    for (;;) {
      const { value } = await nextOf(reader, host, signal);
      if (value === undefined) break;
      received += value.length;
      if (received > length) throw new HubFault('wrong', `${host} sent more than the ${length} bytes it announced`);
      yield value;
    }
  } finally {
    // Errors of a stream that is given up have been told already.
    reader.cancel().catch(() => undefined);
  }
  if (received < length) throw new HubFault('cut', `the connection to ${host} ended after ${received} of ${length} bytes`);
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function nextOf(reader: Reader, host: string, signal?: AbortSignal): Promise<{ readonly value?: Uint8Array | undefined }> {
  try {
    return await reader.read();
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof HubFault ? error : networkFault(host, error);
  }
}

async function append(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += (await file.write(bytes, written)).bytesWritten;
}
