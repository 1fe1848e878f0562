/** Weights in several files with an index that gives each tensor its file; the files hold exactly that, and lie in the folder. */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../core/errors.ts';
import { readJson } from '../core/fs.ts';
import type { StoredTensor, Weights } from './checkpoint-tensor.ts';

/** The longest JSON that is read beside weights: some hundred times what the largest models have. */
const MAX_JSON_BYTES = 2 ** 26;

export function readSmallJson(path: string): unknown {
  const about = statSync(path, { throwIfNoEntry: false });
  if (about !== undefined && !about.isFile()) throw new UserError(path, 'is not a file', 'a JSON file');
  if (about !== undefined && about.size > MAX_JSON_BYTES)
    throw new UserError(path, `${about.size} bytes`, `a JSON file of at most ${MAX_JSON_BYTES} bytes`);
  return readJson(path);
}

const indexSchema = z.looseObject({
  weight_map: z.record(z.string(), z.unknown()),
  metadata: z.looseObject({ total_size: z.unknown() }).partial().optional(),
});

export interface ShardForm {
  /** The index's name. */
  readonly index: string;
  /** How the names of its parts end. */
  readonly ending: '.safetensors' | '.bin';
  readonly read: (path: string) => Weights;
}

/** Every part must hold the tensors that the index gives it, and no others; together they have the size it says. */
export function readShards(folder: string, form: ShardForm): Map<string, StoredTensor> {
  const place = join(folder, form.index);
  const { fileOf, totalBytes } = readIndex(place, form);
  const paths = new Map([...new Set(fileOf.values())].map((file) => [file, partPath(folder, file, form)]));
  const tensors = new Map<string, StoredTensor>();
  const read = { bytes: 0, distinctBytes: 0 };
  for (const [file, path] of paths) {
    const part = form.read(path);
    for (const [name, tensor] of part.tensors) {
      const listed = fileOf.get(name);
      if (listed !== file) throw new UserError(path, `holds “${name}”, which ${form.index} gives to ${listed ?? 'no file'}`);
      tensors.set(name, tensor);
    }
    read.bytes += part.bytes;
    read.distinctBytes += part.distinctBytes;
  }
  const absent = [...fileOf].find(([name]) => !tensors.has(name));
  if (absent !== undefined) throw new UserError(join(folder, absent[1]), `has no tensor “${absent[0]}”, which ${form.index} promises`);
  // Writers count tied weights once or once for each name.
  if (totalBytes !== null && totalBytes !== read.bytes && totalBytes !== read.distinctBytes)
    throw new UserError(place, `promises tensors of ${totalBytes} bytes; the parts hold ${read.bytes}`, 'the parts of one checkpoint');
  return tensors;
}

interface Index {
  /** Tensor to file. */
  readonly fileOf: ReadonlyMap<string, string>;
  /** `null` where the index does not say. */
  readonly totalBytes: number | null;
}

function readIndex(place: string, { ending }: ShardForm): Index {
  const index = indexSchema.safeParse(readSmallJson(place));
  if (!index.success) throw new UserError(place, z.prettifyError(index.error), '{"weight_map": {"tensor": "file", …}}');
  const total = index.data.metadata?.total_size ?? null;
  if (total !== null && typeof total !== 'number') throw new UserError(place, 'total_size is no number', 'bytes');
  const fileOf = new Map<string, string>();
  for (const [name, file] of Object.entries(index.data.weight_map)) {
    if (typeof file !== 'string')
      throw new UserError(place, `weight_map gives “${name}” to no file`, '{"weight_map": {"tensor": "file", …}}');
    // An index from elsewhere must not reach out of its folder; a backslash separates on Windows.
    if (basename(file) !== file || /[\\\0]/.test(file) || !file.endsWith(ending))
      throw new UserError(place, `the part “${file}”`, `names of ${ending} files in the folder`);
    fileOf.set(name, file);
  }
  return { fileOf, totalBytes: total };
}

function partPath(folder: string, file: string, { index }: ShardForm): string {
  const path = join(folder, file);
  let real: string;
  try {
    real = realpathSync(path);
  } catch {
    throw new UserError(path, 'no such file', `the part that ${index} names`);
  }
  if (dirname(real) !== realpathSync(folder))
    throw new UserError(path, 'is a link out of its folder', 'files in the folder itself: copy it with its links followed (cp -RL)');
  return path;
}
