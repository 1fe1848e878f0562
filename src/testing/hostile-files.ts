/** Broken and hostile weights and tokenizers, and what every reader must make of them: a value within bounds, or a UserError. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import fc from 'fast-check';
import { UserError } from '../core/errors.ts';
import { readPickle } from '../engine/pickle/read-pickle.ts';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../engine/safetensors.ts';
import { byteCharacters } from '../engine/tokenizer-files.ts';
import { loadTokenizer } from '../engine/tokenizer.ts';
import { archiveFile, join, op, rowFile, statePickle, storageReference, tensorCall, zipOf, type TorchModel } from './torch-file.ts';

/** One reader under one kind of input. */
export interface ReaderCase {
  readonly name: string;
  readonly inputs: fc.Arbitrary<unknown>;
  /** Inputs of the same kind before they were damaged: these are read. */
  readonly whole: readonly unknown[];
  /** @returns whether the input was read; throws what is not a UserError, and where a value is out of bounds */
  readonly read: (input: unknown) => boolean;
}

/** @param folder for the files of readers that take paths; its content is replaced */
export function readerCases(folder: string): readonly ReaderCase[] {
  const tensorCase = <T extends Uint8Array>(
    name: string,
    inputs: fc.Arbitrary<T>,
    whole: readonly T[],
    read: (file: T) => Map<string, StoredTensor>,
  ): ReaderCase => readerCase(name, inputs, whole, (file) => checkTensors(read(file), file.length));
  const safetensors = (file: Uint8Array): Map<string, StoredTensor> => readSafetensors(file);
  const pickle = (file: Uint8Array): Map<string, StoredTensor> => readPickle(file).tensors;
  const tokenizer = (name: string, inputs: fc.Arbitrary<Uint8Array>, others: Readonly<Record<string, string>>): ReaderCase => {
    const file = name.split(':')[0]!;
    const bytes = Object.fromEntries(Object.entries(others).map(([other, text]) => [other, Buffer.from(text)]));
    const whole = bytes[file] === undefined ? [] : [bytes[file]];
    return readerCase(name, inputs, whole, (text) => checkTokenizer(folder, { ...bytes, [file]: text }));
  };
  const twoFiles = { 'vocab.json': vocabJson, 'merges.txt': mergesTxt };
  const pickleBytes = statePickle(model);
  return [
    tensorCase('safetensors: any bytes', anyBytes([8, 0, 0, 0, 0, 0, 0, 0, 0x7b]), [], safetensors),
    tensorCase('safetensors: damaged', damaged(safetensorsFiles), safetensorsFiles, safetensors),
    tensorCase('archive: any bytes', anyBytes([0x50, 0x4b, 3, 4]), [], pickle),
    tensorCase('archive: damaged', damaged(archives), archives, pickle),
    tensorCase('archive: damaged pickle', damaged([pickleBytes]).map(archiveOf), [archiveOf(pickleBytes)], pickle),
    tensorCase('archive: any opcodes', opcodes.map(archiveOf), [], pickle),
    tensorCase('row: any bytes', anyBytes([0x80, 2]), [], pickle),
    tensorCase('row: damaged', damaged([rowFile(model)]), [rowFile(model)], pickle),
    tokenizer('tokenizer.json: damaged', damagedText(tokenizerJson), { 'tokenizer.json': tokenizerJson }),
    tokenizer('tokenizer.json: StarCoder’s, damaged', damagedText(starcoderJson), { 'tokenizer.json': starcoderJson }),
    tokenizer('tokenizer.json: any bytes', anyBytes([0x7b]), {}),
    tokenizer('vocab.json: damaged', damagedText(vocabJson), twoFiles),
    tokenizer('merges.txt: damaged', damagedText(mergesTxt), twoFiles),
  ];
}

function readerCase<T>(name: string, inputs: fc.Arbitrary<T>, whole: readonly T[], read: (input: T) => void): ReaderCase {
  return {
    name,
    inputs,
    whole,
    read(input) {
      try {
        read(input as T);
        return true;
      } catch (error) {
        if (error instanceof UserError) return false;
        throw error;
      }
    },
  };
}

/** A file's views may read it four times, and halves are widened to twice their size. */
const MOST_BYTES_PER_BYTE = 8;

function checkTensors(tensors: ReadonlyMap<string, StoredTensor>, fileBytes: number): void {
  const arrays = new Set([...tensors.values()].map(({ data }) => data));
  const bytes = [...arrays].reduce((sum, data) => sum + data.byteLength, 0);
  if (bytes > MOST_BYTES_PER_BYTE * fileBytes) throw new Error(`tensors of ${bytes} bytes out of a file of ${fileBytes}`);
  for (const [name, { shape, data }] of tensors) {
    if (shape.reduce((product, size) => product * size, 1) !== data.length)
      throw new Error(`${name}: ${data.length} elements of [${shape.join(', ')}]`);
  }
}

const SAMPLE = 'int test(char *a) { return a[0] == "é"; }';

/** A tokenizer that is accepted works: it gives a text back, whatever was changed in its files. */
function checkTokenizer(folder: string, files: Readonly<Record<string, Uint8Array>>): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(joinPath(folder, name), bytes);
  const tokenizer = loadTokenizer(`file:${folder}`);
  const text = tokenizer.decode(tokenizer.encode(SAMPLE));
  if (text !== SAMPLE) throw new Error(`a tokenizer that gives “${text}” back`);
}

const ramp = Uint8Array.from({ length: 48 }, (_, i) => i % 2);
const model: TorchModel = {
  storages: {
    '0': { type: 'FloatStorage', bytes: ramp },
    '1': { type: 'HalfStorage', bytes: ramp },
    '2': { type: 'BoolStorage', bytes: ramp },
  },
  tensors: [
    ['a.weight', { storage: '0', offset: 0, shape: [2, 3], strides: [1, 2] }],
    ['a.bias', { storage: '0', offset: 6, shape: [6], strides: [1] }],
    ['tied', { storage: '0', offset: 6, shape: [6], strides: [1] }],
    ['h', { storage: '1', offset: 0, shape: [24], strides: [1] }],
    ['t', { storage: '2', offset: 0, shape: [2, 24], strides: [24, 1] }],
  ],
};
const archiveOf = (pickle: Uint8Array): Uint8Array =>
  zipOf([
    { name: 'm/data.pkl', bytes: pickle },
    ...Object.entries(model.storages).map(([key, { bytes }]) => ({ name: `m/data/${key}`, bytes })),
  ]);
const archives = [archiveFile(model), zipOf([{ name: 'm/data.pkl', bytes: op.pickle('}') }], { records64: false, fields64: true })];
const stored: StoredTensor = { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
const truths: StoredTensor = { dtype: 'BOOL', shape: [4], data: Uint8Array.of(0, 1, 1, 0) };
const safetensorsFiles = [
  writeSafetensors(new Map(Object.entries({ a: stored, b: truths })), { format: 'pt' }),
  writeSafetensors(new Map([['a', stored]]), {}, { floats: 'F16' }),
];

/** Bytes that begin, mostly, as such a file does. */
function anyBytes(begin: readonly number[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.integer({ min: 0, max: begin.length }), fc.uint8Array({ maxLength: 200 }))
    .map(([count, rest]) => Uint8Array.from([...begin.slice(-count || begin.length), ...rest]));
}

/** Evenly: by itself fast-check prefers the ends. */
const place = fc.noBias(fc.nat(999_999)).map((n) => n / 1e6);
/** Numbers on which sizes and offsets turn, in the widths that files have. */
const number = fc
  .tuple(
    fc.constantFrom(0n, 1n, 2n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n),
    fc.constantFrom(1, 2, 4, 8),
  )
  .map(([value, width]) => Uint8Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 255n)));

type Change = (file: Uint8Array) => Uint8Array;
const replace = (at: number, inserted: Uint8Array, removed: number): Change => {
  return (file) => {
    const start = Math.floor(at * (file.length + 1));
    return join(file.subarray(0, start), inserted, file.subarray(start + removed));
  };
};
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, bits]): Change => (file) => {
    const copy = Uint8Array.from(file);
    if (copy.length > 0) copy[Math.floor(at * copy.length)]! ^= bits;
    return copy;
  }),
  place.map(
    (at): Change =>
      (file) =>
        file.slice(0, Math.floor(at * file.length)),
  ),
  fc.tuple(place, number).map(([at, bytes]) => replace(at, bytes, bytes.length)),
  fc.tuple(place, fc.uint8Array({ maxLength: 9 }), fc.nat(9)).map(([at, bytes, removed]) => replace(at, bytes, removed)),
  fc.tuple(place, place, fc.integer({ min: 1, max: 80 }), fc.nat(80)).map(([from, at, length, removed]): Change => (file) => {
    const start = Math.floor(from * file.length);
    return replace(at, file.slice(start, start + length), removed)(file);
  }),
);

/** Whole files with one to four changes: flipped bits, cut ends, other numbers, bytes put in, taken out or copied from elsewhere. */
function damaged(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([file, changes]) => changes.reduce((all, apply) => apply(all), file));
}

const reference = storageReference('0', model.storages['0']!);
const dimension = fc.oneof(fc.nat(13), fc.constantFrom(2 ** 31 - 1, 2 ** 32, 2 ** 52));
const tensor = fc
  .record({ offset: dimension, shape: fc.array(dimension, { maxLength: 4 }), strides: fc.array(dimension, { maxLength: 4 }) })
  .map((view) => tensorCall(reference, view));
const fragment = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...Array.from('()]}NteuasbRQ0.'), '\x85', '\x86', '\x87', '\x88', '\x89', '\x81', '\x93')
      .map((text) => join(text)),
  },
  { weight: 3, arbitrary: tensor },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...['w', 'storage', '0', '_metadata', '__proto__'].map((text) => op.text(text)),
      reference,
      op.orderedDict(),
    ),
  },
  { weight: 1, arbitrary: fc.nat(5).map(op.put) },
  { weight: 1, arbitrary: fc.nat(5).map(op.get) },
  { weight: 1, arbitrary: dimension.map(op.int) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(['os', 'system'], ['torch._utils', '_rebuild_tensor_v2'], ['collections', 'OrderedDict'], ['torch', 'FloatStorage'])
      .map(([module, name]) => op.global(module, name)),
  },
);
/** Programs for the unpickler; half of them are a dictionary of tensors at heart, so that some are read. */
const opcodes = fc.oneof(
  fc.array(fragment, { maxLength: 30 }).map((fragments) => op.pickle(...fragments)),
  fc
    .array(fc.tuple(fc.constantFrom('a', 'b', 'c'), tensor), { maxLength: 3 })
    .map((items) => op.pickle('}(', ...items.flatMap(([name, value]) => [op.text(name), value]), 'u')),
);

const special = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'];
const merges = ['t e', 's t', 'te st', 'Ġ a', 'r e'];
const vocabularyOf = (names: readonly string[]): object =>
  Object.fromEntries([...names, ...byteCharacters(), ...merges.map((merge) => merge.replace(' ', ''))].map((piece, id) => [piece, id]));
const vocabJson = JSON.stringify(vocabularyOf(special));
const mergesTxt = `#version: 0.2\n${merges.join('\n')}\n`;
const jsonOf = (names: readonly string[], preTokenizer: object): string =>
  JSON.stringify({
    added_tokens: names.map((content, id) => ({ id, content, special: true })),
    normalizer: null,
    pre_tokenizer: preTokenizer,
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', merges, vocab: vocabularyOf(names) },
  });
const byteLevel = { type: 'ByteLevel', add_prefix_space: false };
const tokenizerJson = jsonOf(special, byteLevel);
const starcoderJson = jsonOf(['<|endoftext|>', '<fim_prefix>', '<fim_middle>', '<fim_suffix>', '<fim_pad>'], {
  type: 'Sequence',
  pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel],
});

const token = fc.constantFrom(
  'null',
  '[]',
  '{}',
  '-1',
  '1e999',
  '0.5',
  '""',
  '"__proto__"',
  '"toString"',
  '[['.repeat(3000),
  '{"a":'.repeat(3000),
  '"\\ud800"',
);
const word = fc.constantFrom(' ', '\n', '\u00a0', 'Ġ', '<s>', '\\u0000', '\r', 'é', '😀');

/** Text whose characters, or whose JSON values and keys, are exchanged. */
function damagedText(text: string): fc.Arbitrary<Uint8Array> {
  const values = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+|null|false|true|[[{](?=[\]}])/g)];
  const exchange = fc.tuple(place, fc.oneof(token, word, place)).map(([at, by]) => {
    const match = values[Math.floor(at * values.length)];
    const [start, length] = match === undefined ? [Math.floor(at * text.length), 1] : [match.index, match[0].length];
    const other = values.length === 0 || typeof by === 'string' ? String(by) : values[Math.floor(by * values.length)]![0];
    return Buffer.from(text.slice(0, start) + other + text.slice(start + length));
  });
  return fc.oneof(
    exchange,
    damaged([Buffer.from(text)]),
    fc.tuple(exchange, change).map(([file, apply]) => apply(file)),
  );
}
