/** Checkpoints: folders in Hugging Face's forms, whole or not at all, and one message for everything that does not fit. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../core/errors.ts';
import { describeIn, goldenFolder } from '../testing/folders.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { archiveFile, rowFile, type TorchModel } from '../testing/torch-file.ts';
import { matchTensors, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { MatchOptions } from './match-tensors.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from './safetensors.ts';

const f32 = (...values: number[]): StoredTensor => ({ dtype: 'F32', shape: [values.length], data: Float32Array.from(values) });
const a = f32(1, 2);
const b = f32(3);

/** A folder with config.json and these files: tensors, JSON, or text. */
function folderOf(files: Readonly<Record<string, ReadonlyMap<string, StoredTensor> | Uint8Array | object | string>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries({ 'config.json': { model_type: 'roberta' }, ...files })) {
    const bytes = content instanceof Map ? writeSafetensors(content as ReadonlyMap<string, StoredTensor>) : JSON.stringify(content);
    writeFileSync(join(folder, name), typeof content === 'string' || content instanceof Uint8Array ? content : bytes);
  }
  return folder;
}

describe('readCheckpoint', () => {
  it('reads one file', () => {
    const { config, tensors } = readCheckpoint(folderOf({ 'model.safetensors': new Map([['a', a]]) }));
    expect(config).toEqual({ model_type: 'roberta' });
    expect(tensors).toEqual(new Map([['a', a]]));
  });

  const index = (map: Readonly<Record<string, unknown>>): object => ({ metadata: { total_size: 12 }, weight_map: map });
  const parts = { 'x-1.safetensors': new Map([['a', a]]), 'x-2.safetensors': new Map([['b', b]]) };

  const both = { b: 'x-2.safetensors', a: 'x-1.safetensors' };

  it('reads several files by their index', () => {
    const folder = folderOf({ ...parts, 'model.safetensors.index.json': index({ b: 'x-2.safetensors', a: 'x-1.safetensors' }) });
    expect(readCheckpoint(folder).tensors).toEqual(new Map([['b', b], ['a', a]])); // prettier-ignore
  });

  it.each([
    ['a part that is missing', index({ a: 'x-1.safetensors', c: 'x-3.safetensors' }), 'x-3.safetensors'],
    ['a tensor that is missing', index({ a: 'x-1.safetensors', c: 'x-1.safetensors' }), 'has no tensor “c”'],
    ['a tensor in another part', index({ a: 'x-2.safetensors', b: 'x-2.safetensors' }), 'has no tensor “a”'],
    [
      'a tensor in two parts',
      index({ a: 'x-1.safetensors', b: 'x-1.safetensors', c: 'x-2.safetensors' }),
      'which model.safetensors.index.json gives to',
    ],
    ['a tensor that is not listed', index({ a: 'x-1.safetensors', c: 'x-2.safetensors' }), 'holds “b”, which'],
    ['a part outside the folder', index({ a: '../x-1.safetensors' }), '“../x-1.safetensors”'],
    ['a part by its whole path', index({ a: '/tmp/x-1.safetensors' }), '“/tmp/x-1.safetensors”'],
    ['a part outside on another system', index({ a: '..\\x-1.safetensors' }), 'the part'],
    ['a part of another kind', index({ a: 'x-1.bin' }), '“x-1.bin”'],
    ['a part that is a link out of the folder', index({ a: 'link.safetensors' }), 'is a link out of its folder'],
    ['another size', { metadata: { total_size: 16 }, weight_map: both }, 'promises tensors of 16 bytes; the parts hold 12'],
    ['a size that is none', { metadata: { total_size: '12' }, weight_map: both }, 'total_size is no number'],
    ['no map', {}, 'weight_map'],
    ['a map to numbers', index({ a: 1 }), 'weight_map'],
    ['no JSON', '{', 'cannot be read as JSON'],
  ])('refuses an index with %s', (_, content, message) => {
    const folder = folderOf({ ...parts, 'model.safetensors.index.json': content });
    symlinkSync(join(folderOf(parts), 'x-1.safetensors'), join(folder, 'link.safetensors'));
    expect(() => readCheckpoint(folder)).toThrow(UserError);
    expect(() => readCheckpoint(folder)).toThrow(message);
  });

  it.each([
    ['a missing folder', () => join(temporaryFolder(), 'none'), 'no such folder'],
    ['no weights', () => folderOf({}), 'no weights'],
    ['no config', () => temporaryFolder(), 'config.json'],
    ['a config that is no JSON', () => folderOf({ 'config.json': '{"a"' }), 'config.json: cannot be read as JSON'],
    ['a text for a pickle', () => folderOf({ 'pytorch_model.bin': 'x' }), 'neither an archive nor a pickle'],
    ['a folder for weights', () => withFolder(folderOf({}), 'model.safetensors'), 'is not a file'],
    ['a folder for a config', () => withFolder(temporaryFolder(), 'config.json'), 'is not a file'],
    ['weights cut short', () => folderOf({ 'model.safetensors': '1234567' }), 'model.safetensors: 7 bytes'],
  ])('refuses %s', (_, make, message) => {
    const folder = make();
    expect(() => readCheckpoint(folder)).toThrow(UserError);
    expect(() => readCheckpoint(folder)).toThrow(message);
  });
});

/** A folder, with a folder of this name in it. */
function withFolder(folder: string, name: string): string {
  mkdirSync(join(folder, name));
  return folder;
}

it.skipIf(process.platform === 'win32').each(['config.json', 'model.safetensors', 'pytorch_model.bin'])(
  'a named pipe for %s is refused, not waited for',
  (name) => {
    const folder = name === 'config.json' ? temporaryFolder() : folderOf({});
    execFileSync('env', ['mkfifo', join(folder, name)]);
    expect(() => readCheckpoint(folder)).toThrow('is not a file');
  },
);

describe('pytorch_model.bin', () => {
  const values = Float32Array.from({ length: 12 }, (_, i) => Math.fround(1 / (i + 1)));
  const ids = BigInt64Array.of(0n, 1n, 2n);
  const halves = Uint16Array.of(0x3c00, 0x3555, 0x0001, 0x8000);
  /** `w` lies transposed; `tied` is the same view as `x`. */
  const model: TorchModel = {
    storages: {
      '0': { type: 'FloatStorage', bytes: new Uint8Array(values.buffer) },
      '1': { type: 'LongStorage', bytes: new Uint8Array(ids.buffer) },
      '2': { type: 'HalfStorage', bytes: new Uint8Array(halves.buffer) },
    },
    tensors: [
      ['w', { storage: '0', offset: 0, shape: [2, 3], strides: [1, 2] }],
      ['x', { storage: '0', offset: 6, shape: [6], strides: [1] }],
      ['tied', { storage: '0', offset: 6, shape: [6], strides: [1] }],
      ['position_ids', { storage: '1', offset: 0, shape: [1, 3], strides: [3, 1] }],
      ['h', { storage: '2', offset: 0, shape: [4], strides: [1] }],
    ],
  };
  const tensors = new Map<string, StoredTensor>([
    ['w', { dtype: 'F32', shape: [2, 3], data: Float32Array.from([0, 2, 4, 1, 3, 5], (at) => values[at]!) }],
    ['x', { dtype: 'F32', shape: [6], data: values.slice(6) }],
    ['tied', { dtype: 'F32', shape: [6], data: values.slice(6) }],
    ['position_ids', { dtype: 'I64', shape: [1, 3], data: ids }],
    ['h', { dtype: 'F32', shape: [4], data: Float32Array.of(1, 0.333251953125, 2 ** -24, -0) }],
  ]);
  const part = (file: (model: TorchModel) => Uint8Array, ...names: readonly string[]): Uint8Array => {
    const own = model.tensors.filter(([name]) => names.includes(name));
    const used = new Set(own.map(([, { storage }]) => storage));
    return file({ storages: Object.fromEntries(Object.entries(model.storages).filter(([key]) => used.has(key))), tensors: own });
  };

  it.each([
    ['archive', archiveFile],
    ['row', rowFile],
  ])('in the form of an %s gives what safetensors give, and is written and read again byte for byte', (_, file) => {
    const bin = folderOf({ 'pytorch_model.bin': file(model) });
    const safe = folderOf({ 'model.safetensors': tensors });
    expect(readCheckpoint(bin)).toEqual(readCheckpoint(safe));
    const [first, second] = [join(temporaryFolder(), 'm'), join(temporaryFolder(), 'm')];
    writeCheckpoint(first, { config: {}, tensors: readCheckpoint(bin).tensors });
    writeCheckpoint(second, { config: {}, tensors: readCheckpoint(first).tensors });
    expect(readFileSync(join(second, 'model.safetensors'))).toEqual(readFileSync(join(first, 'model.safetensors')));
    expect(readFileSync(join(first, 'model.safetensors'))).toEqual(Buffer.from(writeSafetensors(tensors, { format: 'pt' })));
  });

  it.each([104, 80])('in several files by their index, of %i bytes: tied weights counted twice or once', (totalBytes) => {
    const parts = { 'p-1.bin': part(archiveFile, 'w', 'x', 'tied'), 'p-2.bin': part(rowFile, 'position_ids', 'h') };
    const map = { w: 'p-1.bin', x: 'p-1.bin', tied: 'p-1.bin', position_ids: 'p-2.bin', h: 'p-2.bin' };
    const index = { metadata: { total_size: totalBytes }, weight_map: map };
    expect(readCheckpoint(folderOf({ ...parts, 'pytorch_model.bin.index.json': index })).tensors).toEqual(tensors);
  });

  it('of which a safetensors file is the better form', () => {
    expect(readCheckpoint(folderOf({ 'pytorch_model.bin': 'x', 'model.safetensors': tensors })).tensors).toEqual(tensors);
  });
});

describe('writeCheckpoint', () => {
  const checkpoint = { config: { hidden_size: 2 }, tensors: new Map([['a', a]]) };

  it('writes what readCheckpoint reads, and replaces it as a whole', () => {
    const folder = join(temporaryFolder(), 'deep', 'model');
    writeCheckpoint(folder, checkpoint);
    expect(readCheckpoint(folder)).toEqual(checkpoint);
    writeCheckpoint(folder, { config: {}, tensors: new Map([['b', b]]) });
    expect(readCheckpoint(folder)).toEqual({ config: {}, tensors: new Map([['b', b]]) });
    expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.safetensors']);
    expect(readdirSync(join(folder, '..'))).toEqual(['model']);
  });

  it('writes equal bytes for equal checkpoints', () => {
    const [one, two] = [join(temporaryFolder(), 'm'), join(temporaryFolder(), 'm')];
    writeCheckpoint(one, { config: {}, tensors: new Map([['a', a], ['b', b]]) }); // prettier-ignore
    writeCheckpoint(two, { config: {}, tensors: new Map([['b', b], ['a', a]]) }); // prettier-ignore
    expect(readFileSync(join(two, 'model.safetensors'))).toEqual(readFileSync(join(one, 'model.safetensors')));
  });

  it('in half precision writes halves, which are read widened and written again byte for byte', () => {
    const folder = join(temporaryFolder(), 'm');
    const wide: StoredTensor = { dtype: 'F64', shape: [1], data: Float64Array.of(0.1) };
    const tensors = new Map([['a', f32(1, 0.1)], ['ids', { dtype: 'I64', shape: [1], data: BigInt64Array.of(5n) } as const], ['wide', wide]]); // prettier-ignore
    writeCheckpoint(folder, { config: {}, tensors }, { floats: 'F16' });
    const read = readCheckpoint(folder).tensors;
    expect(read).toEqual(new Map([...tensors, ['a', f32(1, 0.0999755859375)]]));
    const file = readFileSync(join(folder, 'model.safetensors'));
    expect(file.toString('latin1')).toContain('"a":{"dtype":"F16","shape":[2]');
    expect(Buffer.from(writeSafetensors(read, { format: 'pt' }, { floats: 'F16' }))).toEqual(file);
    expect(() => writeCheckpoint(folder, { config: {}, tensors: new Map([['big', f32(1, 1e5)]]) }, { floats: 'F16' })).toThrow(
      'tensor “big”: 100000 is too large for half precision',
    );
    expect(readCheckpoint(folder).tensors).toEqual(read);
  });

  it('names its framework, without which transformers does not load it', () => {
    const folder = join(temporaryFolder(), 'm');
    writeCheckpoint(folder, checkpoint);
    expect(readFileSync(join(folder, 'model.safetensors'), 'latin1')).toContain('"__metadata__":{"format":"pt"}');
  });

  it('leaves the old checkpoint and nothing else when it fails', () => {
    const folder = join(temporaryFolder(), 'm');
    writeCheckpoint(folder, checkpoint);
    const broken = new Map([['a', { ...a, shape: [3] }]]);
    expect(() => writeCheckpoint(folder, { config: {}, tensors: broken })).toThrow(UserError);
    expect(readCheckpoint(folder)).toEqual(checkpoint);
    expect(readdirSync(join(folder, '..'))).toEqual(['m']);
  });

  it('does not touch a folder that holds something else, nor a file', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    expect(() => writeCheckpoint(folder, checkpoint)).toThrow('notes.txt');
    expect(readdirSync(folder)).toEqual(['notes.txt']);
    expect(() => writeCheckpoint(join(folder, 'notes.txt'), checkpoint)).toThrow('is a file');
    mkdirSync(join(folder, 'empty'));
    writeCheckpoint(join(folder, 'empty'), checkpoint);
    expect(existsSync(join(folder, 'empty', 'config.json'))).toBe(true);
  });
});

describe('matchTensors', () => {
  const expected = new Map([['a', [2]], ['x.b', [1]]]); // prettier-ignore
  const match = (found: Readonly<Record<string, StoredTensor>>, options: Omit<MatchOptions, 'place'> = {}): unknown =>
    matchTensors(expected, new Map(Object.entries(found)), { place: 'weights', ...options });

  it('gives the tensors in the order expected, without the prefix', () => {
    const matched = matchTensors(expected, new Map([['r.x.b', b], ['a', a]]), { place: 'weights', prefixes: ['q.', 'r.'] }); // prettier-ignore
    expect([...matched]).toEqual([['a', { shape: [2], data: a.data }], ['x.b', { shape: [1], data: b.data }]]); // prettier-ignore
  });

  it('narrows float64 and takes no integers', () => {
    const wide: StoredTensor = { dtype: 'F64', shape: [1], data: Float64Array.of(0.1) };
    const integers: StoredTensor = { dtype: 'I32', shape: [1], data: Int32Array.of(1) };
    expect(match({ a, 'x.b': wide })).toEqual(new Map([['a', { shape: [2], data: a.data }], ['x.b', { shape: [1], data: Float32Array.of(0.1) }]])); // prettier-ignore
    expect(() => match({ a, 'x.b': integers })).toThrow('x.b I32 [1], expected [1]');
  });

  it('ignores what it is told to: beginnings and last parts', () => {
    const more = { a, 'x.b': b, 'pooler.dense.bias': b, 'embeddings.position_ids': b, position_ids: b };
    expect(match(more, { ignore: ['pooler.', 'position_ids'] })).toHaveProperty('size', 2);
    expect(() => match(more, { ignore: ['pooler.'] })).toThrow('not expected (2): embeddings.position_ids [1]; position_ids [1]');
    expect(() => match({ a, 'x.b': b, 'my.pooler.bias': b, my_position_ids: b }, { ignore: ['pooler.', 'position_ids'] })).toThrow(
      'not expected (2)',
    );
    // A tensor that the model needs is used even where its name could be ignored.
    expect(match({ a, 'x.b': b }, { ignore: ['x.'] })).toHaveProperty('size', 2);
  });

  it('tells everything that does not fit at once', () => {
    const read = (): unknown => match({ a: b, c: a });
    expect(read).toThrow(UserError);
    expect(read).toThrow('weights: the tensors do not fit the model');
    expect(read).toThrow('missing (1): x.b [1]');
    expect(read).toThrow('not expected (1): c [2]');
    expect(read).toThrow('of another shape or type (1): a F32 [1], expected [2]');
  });

  it('counts all and lists the first', () => {
    const many = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`t${i}`, b]));
    expect(() => match({ a, 'x.b': b, ...many })).toThrow(/not expected \(15\): t0 \[1\].*; t11 \[1\]; and 3 more/);
  });

  it('refuses one tensor under two names', () => {
    expect(() => match({ a, 'r.a': a, 'x.b': b }, { prefixes: ['r.'] })).toThrow('there twice (1): a, the second time as r.a');
  });
});

describeIn(goldenFolder('roberta'), 'a checkpoint that PyTorch wrote', (folder) => {
  it('is read, and written again byte for byte equal in its tensors', () => {
    const { config, tensors } = readCheckpoint(folder);
    expect(config).toMatchObject({ model_type: 'roberta', hidden_size: 48 });
    expect(tensors.size).toBeGreaterThan(30);
    expect(readSafetensors(writeSafetensors(tensors))).toEqual(tensors);
  });
});
