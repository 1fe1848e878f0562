/** Writes a changed model as the folder it came from: the same names, its head's own form, every other file copied; whole or not at all. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../core/errors.ts';
import { type StoredTensor, writeSafetensors } from '../engine/index.ts';
import type { HostTensor } from '../train/index.ts';
import type { UserModel } from './contracts.ts';
import { isShaped, twoRows } from './head.ts';

/** Weights in any framework's form: a copy of these would be the old model beside the new one. */
const weights = /\.(safetensors|bin|pt|pth|ckpt|h5|msgpack|onnx|ot|index\.json)$/;

/** Never the input, and never a folder that is there. */
export function refuseExisting(out: string, { folder }: Pick<UserModel, 'folder'>): void {
  const target = resolve(out);
  if (existsSync(target)) throw new UserError(target, target === folder ? 'is the model itself' : 'is there already', 'a new folder');
}

/**
 * @param tensors by the model's names; those that are the very objects that were read are written as they were
 * @param beside further files, name -> content, which may name what of the old folder was left out
 * @returns what was left out
 */
export function saveModel(
  user: UserModel,
  tensors: ReadonlyMap<string, HostTensor>,
  out: string,
  beside: (leftOut: readonly string[]) => Readonly<Record<string, string>>,
): string[] {
  refuseExisting(out, user);
  const target = resolve(out);
  const draft = join(dirname(target), `.${basename(target)}.${process.pid}.draft`);
  try {
    mkdirSync(draft, { recursive: true });
    const left = copyOthers(user.folder, draft);
    // transformers refuses a file that does not name its framework.
    writePieces(join(draft, 'model.safetensors'), writeSafetensors(changedFile(user, tensors), { format: 'pt' }));
    for (const [name, content] of Object.entries(beside(left))) writeFileSync(join(draft, name), content, { flush: true });
    renameSync(draft, target);
    return left;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (error instanceof UserError) throw error;
    throw new UserError(target, `could not be written (${String(error)})`, 'a folder that can be made, on a disk with room');
  }
}

function copyOthers(from: string, to: string): string[] {
  const names = readdirSync(from);
  const isCopied = (name: string): boolean => !weights.test(name) && statSync(join(from, name)).isFile();
  for (const name of names.filter(isCopied)) copyFileSync(join(from, name), join(to, name));
  return names.filter((name) => !isCopied(name) && !/^(model\.safetensors|pytorch_model\.bin)$/.test(name));
}

/** The file's tensors with the changed ones in their places. */
export function changedFile({ stored, names, victim }: UserModel, tensors: ReadonlyMap<string, HostTensor>): Map<string, StoredTensor> {
  const file = new Map(stored);
  for (const [own, name] of names) {
    const [before, after] = [victim.tensors.get(own)!, tensors.get(own)!];
    if (before === after) continue;
    const old = stored.get(name)!;
    const shaped = isShaped(after, old.shape)
      ? after
      : twoRows(after, { shape: old.shape, data: Float32Array.from(old.data as Float32Array) });
    file.set(name, { dtype: 'F32', ...shaped });
    if (!/\b(word_embeddings|shared|wte)\.weight$/.test(own)) continue;
    // Output layers that are tied to the word table are stored besides, under names of their own.
    for (const [other, tensor] of stored) if (!isNamed(names, other) && isEqual(tensor, old)) file.set(other, { dtype: 'F32', ...shaped });
  }
  return file;
}

const isNamed = (names: UserModel['names'], name: string): boolean => [...names.values()].includes(name);

const isEqual = (a: StoredTensor, b: StoredTensor): boolean =>
  a.dtype === b.dtype && isShaped(a, b.shape) && (a.data === b.data || a.data.every((value, index) => value === b.data[index]));

/** One call writes less than 2 GiB. */
function writePieces(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx');
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, Math.min(bytes.length - at, 2 ** 30));
  } finally {
    closeSync(file);
  }
}
