/** pytorch_model.bin: both forms, every type, views of every order, and everything that is not a dictionary of tensors refused. */
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../core/errors.ts';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import * as torch from '../../testing/torch-file.ts';
import * as written from '../../testing/torch-written.ts';
import { op, type TorchModel, type TorchView, type ZipFile } from '../../testing/torch-file.ts';
import type { StoredTensor } from '../checkpoint-tensor.ts';
import { readSafetensors } from '../safetensors.ts';
import { readPickle } from './read-pickle.ts';

fc.configureGlobal({ seed: 20253 });

const forms = [
  ['archive', torch.archiveFile],
  ['row', torch.rowFile],
] as const;

const floats = (count: number): torch.TorchStorage => ({
  type: 'FloatStorage',
  bytes: new Uint8Array(Float32Array.from({ length: count }, (_, i) => i / 2).buffer),
});
const view = (storage: string, shape: number[], strides: number[], offset = 0): TorchView => ({ storage, offset, shape, strides });
const oneTensor = (shape: number[], strides: number[], offset = 0, elements = 6): TorchModel => ({
  storages: { '0': floats(elements) },
  tensors: [['w', view('0', shape, strides, offset)]],
});

describe.each(forms)('%s form', (_, fileOf) => {
  const read = (model: TorchModel): Record<string, StoredTensor> => Object.fromEntries(readPickle(fileOf(model)).tensors);

  it('gives every type as safetensors gives it: halves widened, integers and truth values kept', () => {
    const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
    const one = (type: torch.StorageType, ...values: number[]): torch.TorchStorage => ({ type, bytes: bytes(...values) });
    const storages = {
      F32: one('FloatStorage', 0, 0, 0x80, 0x3f),
      F64: one('DoubleStorage', 0, 0, 0, 0, 0, 0, 0xf0, 0x3f),
      F16: one('HalfStorage', 0, 0x3c, 1, 0),
      BF16: one('BFloat16Storage', 0x80, 0x3f, 0, 0xc0),
      I64: one('LongStorage', 255, 255, 255, 255, 255, 255, 255, 255),
      I32: one('IntStorage', 254, 255, 255, 255),
      U8: one('ByteStorage', 0, 255),
      BOOL: one('BoolStorage', 1, 0),
    };
    const tensors = Object.entries(storages).map(([name, { type, bytes: all }]) => {
      const elements = all.length / torch.storageBytes[type];
      return [name, view(name, [elements], [1])] as const;
    });
    expect(read({ storages, tensors })).toEqual({
      F32: { dtype: 'F32', shape: [1], data: Float32Array.of(1) },
      F64: { dtype: 'F64', shape: [1], data: Float64Array.of(1) },
      F16: { dtype: 'F32', shape: [2], data: Float32Array.of(1, 2 ** -24) },
      BF16: { dtype: 'F32', shape: [2], data: Float32Array.of(1, -2) },
      I64: { dtype: 'I64', shape: [1], data: BigInt64Array.of(-1n) },
      I32: { dtype: 'I32', shape: [1], data: Int32Array.of(-2) },
      U8: { dtype: 'U8', shape: [2], data: Uint8Array.of(0, 255) },
      BOOL: { dtype: 'BOOL', shape: [2], data: Uint8Array.of(1, 0) },
    });
  });

  it('honours offsets and strides: a transposed matrix, parts of one storage, a column, a scalar, nothing', () => {
    const tensors = [
      ['transposed', view('0', [3, 2], [1, 3])],
      ['part', view('0', [2], [1], 4)],
      ['column', view('0', [2, 1], [3, 1], 1)],
      ['scalar', view('0', [], [], 5)],
      ['nothing', view('0', [0, 3], [3, 1])],
      ['wide', view('0', [1, 6], [100, 1])],
    ] as const;
    expect(
      Object.entries(read({ storages: { '0': floats(6) }, tensors })).map(([name, { shape, data }]) => [name, shape, [...data]]),
    ).toEqual([
      ['transposed', [3, 2], [0, 1.5, 0.5, 2, 1, 2.5]],
      ['part', [2], [2, 2.5]],
      ['column', [2, 1], [0.5, 2]],
      ['scalar', [], [2.5]],
      ['nothing', [0, 3], []],
      ['wide', [1, 6], [0, 0.5, 1, 1.5, 2, 2.5]],
    ]);
  });

  it('tied weights are one array', () => {
    const tied = view('0', [2, 3], [3, 1]);
    const { a, b } = read({ storages: { '0': floats(6) }, tensors: [['a', tied], ['b', tied]] }); // prettier-ignore
    expect(a!.data).toBe(b!.data);
  });

  it('any permutation of any shape, with gaps, gives the elements that its strides name', () => {
    const layout = fc
      .array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 3 }), fc.double({ noNaN: true })), { maxLength: 4 })
      .map((dimensions) => {
        let stride = 1;
        const laid = dimensions.map(([size, gap, order]) => {
          const own = stride;
          stride = stride * size + gap;
          return { size, stride: own, order };
        });
        return { elements: stride, dimensions: laid.sort((a, b) => a.order - b.order) };
      });
    fc.assert(
      fc.property(layout, ({ elements, dimensions }) => {
        const [shape, strides] = [dimensions.map(({ size }) => size), dimensions.map((one) => one.stride)];
        let expected = [0];
        for (const { size, stride } of dimensions)
          expected = expected.flatMap((at) => Array.from({ length: size }, (_x, i) => at + i * stride));
        const { w } = read(oneTensor(shape, strides, 1, elements + 1));
        expect([...w!.data]).toEqual(expected.map((at) => (at + 1) / 2));
      }),
      { numRuns: 200 },
    );
  });

  it('a transposed matrix larger than a piece, and one whose rows are', () => {
    const [rows, columns] = [3, 200_000];
    const { w } = read(oneTensor([columns, rows], [1, columns], 0, rows * columns));
    for (const at of [0, 1, 2, 3, 299_999, 599_999]) expect(w!.data[at]).toBe(((at % rows) * columns + Math.floor(at / rows)) / 2);
    const tall = read(oneTensor([rows, columns], [1, rows], 0, rows * columns))['w']!;
    for (const at of [0, 1, 199_999, 200_000, 599_999]) expect(tall.data[at]).toBe(((at % columns) * rows + Math.floor(at / columns)) / 2);
  });

  it('reads a path as it reads bytes, and says how many bytes the tensors have', () => {
    const model = oneTensor([2, 3], [3, 1]);
    const path = join(temporaryFolder(), 'm.bin');
    writeFileSync(path, fileOf(model));
    expect(readPickle(path)).toEqual({ ...readPickle(fileOf(model)), bytes: 24, distinctBytes: 24 });
  });

  it.each<readonly [string, TorchModel, string]>([
    ['a view that leaves its storage', oneTensor([2, 3], [3, 1], 1), 'leaves its storage of 6'],
    ['an offset beyond it', oneTensor([1], [1], 6), 'leaves its storage of 6'],
    ['a shape without an exact product', oneTensor([2 ** 40, 2 ** 40], [1, 1]), 'a tensor of shape'],
    ['a shape of many elements', oneTensor([2 ** 40], [1]), 'leaves its storage'],
    ['an expanded tensor', oneTensor([1000, 6], [0, 1]), 'elements twice'],
    ['windows that overlap', oneTensor([3, 3], [1, 1]), 'elements twice'],
    ['fewer strides than sizes', oneTensor([2, 3], [3]), 'as many strides'],
    ['a shape of 65 dimensions', oneTensor(new Array<number>(65).fill(1), new Array<number>(65).fill(1)), 'a tensor of shape'],
    [
      'a truth value of 2',
      { storages: { '0': { type: 'BoolStorage', bytes: Uint8Array.of(2) } }, tensors: [['w', view('0', [1], [1])]] },
      'truth value of 2',
    ],
    [
      'more views than the file has bytes',
      { storages: { '0': floats(5000) }, tensors: Array.from({ length: 40 }, (_x, i) => [`w${i}`, view('0', [4900], [1], i)] as const) },
      'at most 4 times the file',
    ],
  ])('refuses %s', (_name, model, message) => {
    const file = fileOf(model);
    expect(() => readPickle(file, 'm.bin')).toThrow(UserError);
    expect(() => readPickle(file, 'm.bin')).toThrow(message);
    expect(() => readPickle(file, 'm.bin')).toThrow('m.bin');
  });

  it('refuses a file that is cut anywhere, or has more at its end', () => {
    const file = fileOf(oneTensor([2, 3], [1, 2]));
    for (let length = 0; length < file.length; length++) expect(() => readPickle(file.subarray(0, length))).toThrow(UserError);
    expect(() => readPickle(torch.join(file, '\0'))).toThrow(UserError);
  });
});

/** An archive around this pickle, with one storage of six floats. */
const archiveOf = (pickle: Uint8Array, ...more: readonly ZipFile[]): Uint8Array =>
  torch.zipOf([{ name: 'm/data.pkl', bytes: pickle }, { name: 'm/data/0', bytes: floats(6).bytes }, ...more]);
const reference = torch.storageReference('0', floats(6));
const tensor = torch.tensorCall(reference, { offset: 0, shape: [6], strides: [1] });
const stateOf = (value: string | Uint8Array): Uint8Array => op.pickle('}', op.text('w'), value, 's');

describe('pickles that are more than tensors', () => {
  const call = (module: string, name: string, ...args: readonly Uint8Array[]): Uint8Array =>
    torch.join(op.global(module, name), op.tuple(...args), 'R');
  const rebuildTensor = (...args: readonly (Uint8Array | string)[]): Uint8Array =>
    torch.join(op.global('torch._utils', '_rebuild_tensor_v2'), op.tuple(...args), 'R');
  const sizes = op.tuple(op.int(6));
  const strides = op.tuple(op.int(1));

  it.each<readonly [string, Uint8Array, string]>([
    ['a command', stateOf(call('os', 'system', op.text('touch /tmp/x'))), 'names os.system; nothing was run'],
    ['a command under its other name', stateOf(call('posix', 'system', op.text('id'))), 'names posix.system'],
    ['an evaluation', stateOf(call('builtins', 'eval', op.text('1'))), 'names builtins.eval'],
    ['an attribute of torch', stateOf(call('torch', 'load', op.text('x'))), 'names torch.load'],
    ['a name like a method of ours', stateOf(op.global('constructor', 'constructor')), 'names constructor.constructor'],
    ['a name without end', op.pickle(`c${'a'.repeat(1000)}`), 'a name of more than 256 bytes'],
    ['a storage’s type that is called', stateOf(call('torch', 'FloatStorage', op.int(9))), 'calls torch.FloatStorage'],
    ['a text that is called', stateOf(torch.join(op.text('os.system'), ')R')), 'calls “os.system”'],
    ['a list for arguments', stateOf(torch.join(op.global('collections', 'OrderedDict'), ']R')), 'calls collections.OrderedDict'],
    ['a dictionary made of arguments', stateOf(call('collections', 'OrderedDict', torch.join(']'))), 'made of arguments'],
    ['a class that is built', stateOf(torch.join(op.global('collections', 'OrderedDict'), ')\x81')), 'the opcode 0x81'],
    ['a name from the stack', stateOf(torch.join(op.text('os'), op.text('system'), '\x93')), 'the opcode 0x93'],
    ['an instance', op.pickle('(ios\nsystem\n'), 'the opcode 0x69'],
    ['a state for a tensor', stateOf(torch.join(tensor, '}b')), 'sets the state of a tensor; nothing was run'],
    ['a state for a plain dictionary', stateOf(torch.join('}}b')), 'sets the state of a dict'],
    ['a state of other attributes', stateOf(torch.join(op.orderedDict(), '}', op.text('__class__'), 'Nsb')), 'sets the state'],
    [
      'a tensor with hooks',
      stateOf(rebuildTensor(reference, op.int(0), sizes, strides, '\x89', torch.join('}', op.text('a'), 'Ns'))),
      'hooks',
    ],
    [
      'a tensor to be negated',
      stateOf(rebuildTensor(reference, op.int(0), sizes, strides, '\x89', '}', torch.join('}', op.text('neg'), '\x88s'))),
      'hooks or marks',
    ],
    ['a tensor without a storage', stateOf(rebuildTensor('N', op.int(0), sizes, strides, '\x89', '}')), 'a tensor that is not one'],
    ['a negative offset', stateOf(rebuildTensor(reference, 'J\xff\xff\xff\xff', sizes, strides, '\x89', '}')), 'a tensor that is not one'],
    ['too few arguments', stateOf(rebuildTensor(reference, op.int(0))), 'a tensor that is not one'],
    ['a parameter of nothing', stateOf(call('torch._utils', '_rebuild_parameter', torch.join('N'))), 'a parameter that is not one'],
    ['a type that is not read', stateOf(op.global('torch', 'ComplexFloatStorage')), 'names torch.ComplexFloatStorage'],
    ['a reference that is no storage', stateOf(torch.join(op.tuple(op.text('module'), 'N'), 'Q')), 'a reference that is no storage'],
    ['a storage of two sizes', op.pickle(op.tuple(reference, torch.storageReference('0', floats(5)))), 'two types or sizes'],
    [
      'a storage of two types',
      op.pickle(op.tuple(reference, torch.storageReference('0', { type: 'IntStorage', bytes: floats(6).bytes }))),
      'two types',
    ],
    [
      'a storage that is not there',
      stateOf(torch.tensorCall(torch.storageReference('1', floats(6)), { offset: 0, shape: [6], strides: [1] })),
      'no storage “1”',
    ],
    [
      'a storage that climbs out',
      stateOf(torch.tensorCall(torch.storageReference('../../data.pkl', floats(6)), { offset: 0, shape: [6], strides: [1] })),
      'no storage “../../data.pkl”',
    ],
    [
      'a storage larger than its bytes',
      stateOf(torch.tensorCall(torch.storageReference('0', floats(7)), { offset: 0, shape: [6], strides: [1] })),
      'of 7 elements of F32 has 24 bytes, not 28',
    ],
    [
      'a storage of 2^53 elements',
      stateOf(
        torch.tensorCall(
          torch.join(op.tuple(op.text('storage'), op.global('torch', 'FloatStorage'), op.text('0'), op.text('cpu'), op.int(2 ** 52)), 'Q'),
          { offset: 0, shape: [2 ** 50], strides: [1] },
        ),
      ),
      'has 24 bytes',
    ],
    ['a list of tensors', op.pickle(']', tensor, 'a'), 'holds a list'],
    ['one tensor', op.pickle(tensor), 'holds a tensor'],
    ['a dictionary in a dictionary', stateOf('}'), '“w” is a dict'],
    ['a number among tensors', stateOf(op.int(3)), '“w” is 3'],
    ['a tensor under a number', op.pickle('}', op.int(3), tensor, 's'), '3 is a tensor'],
    ['a name twice', op.pickle('}(', op.text('w'), tensor, op.text('w'), tensor, 'u'), '“w” twice'],
    ['a dictionary as a key', op.pickle('}', ')Ns'), 'the key a tuple'],
    ['a key without a value', op.pickle('}(', op.text('w'), 'u'), 'sets items'],
    ['items of a number', op.pickle('K\x01', op.text('w'), 'Ns'), 'sets items of 1'],
    ['an end to a list of a number', op.pickle('K\x01', 'Na'), 'appends to 1'],
    ['a value that was not kept', op.pickle(op.get(7)), 'recalls value 7'],
    ['an empty stack', op.pickle(), 'takes more from its stack'],
    ['what lies below a mark', op.pickle('K\x01(', 'a'), 'takes more from its stack'],
    ['a mark that is not there', op.pickle('t'), 'closes a mark'],
    ['two values', op.pickle('NN'), 'more than one value'],
    ['a value above a mark', op.pickle('N(N'), 'more than one value'],
    ['another protocol', torch.join('\x80\x04N.'), 'a pickle of protocol 4'],
    ['no protocol', torch.join('N.'), 'no pickle of protocol 2'],
    ['a text longer than the file', op.pickle('X\xff\xff\xff\xff'), '4294967295 bytes are said to follow'],
    ['a text that is not UTF-8', op.pickle('X\x01\0\0\0\xff'), 'not UTF-8'],
    ['a number of 255 bytes', op.pickle('\x8a\xff'), 'a whole number of 255 bytes'],
    ['more after the pickle', torch.join(stateOf(tensor), 'N'), 'more after the pickle'],
    ['no opcode', op.pickle('\xff'), 'the opcode 0xff'],
  ])('are refused: %s', (_, pickle, message) => {
    const read = (): unknown => readPickle(archiveOf(pickle), 'm.bin');
    expect(read).toThrow(UserError);
    expect(read).toThrow(message);
    expect(read).toThrow('m.bin');
  });

  it('a plain dictionary of tensors is read, whatever it was numbered as', () => {
    expect(readPickle(archiveOf(stateOf(torch.join(tensor, 'q\x05')))).tensors.get('w')!.data).toHaveLength(6);
  });

  it('what doubles at each step, or nests without end, is neither copied nor walked', () => {
    // 60 lists, each with the one before twice: 2^60 ends.
    const doubling = Array.from({ length: 60 }, (_, i) => torch.join(']', op.put(i + 1), '(', op.get(i), op.get(i), 'e'));
    expect(() => readPickle(archiveOf(op.pickle(']', op.put(0), '0', ...doubling)))).toThrow('opcode 0x30');
    expect(() => readPickle(archiveOf(op.pickle('](', op.put(0), ...doubling, 'e')))).toThrow(UserError);
    const nested = op.pickle(']'.repeat(100_000), 'a'.repeat(99_999));
    expect(() => readPickle(archiveOf(nested))).toThrow('holds a list');
    expect(() => readPickle(archiveOf(stateOf(torch.join('('.repeat(50_000), 't'.repeat(50_000)))))).toThrow('“w” is a tuple');
    expect(() => readPickle(archiveOf(op.pickle(']', op.put(0), op.get(0), 'a')))).toThrow('holds a list');
  });

  it('more containers or opcodes than any model has are too many', () => {
    expect(() => readPickle(archiveOf(op.pickle('](', '}'.repeat(2 ** 20), 'e')))).toThrow('more than 1048576 lists');
    expect(() => readPickle(archiveOf(op.pickle('](', 'N'.repeat(2 ** 22), 'e')))).toThrow('more than 4194304 opcodes');
  });
});

describe('archives', () => {
  const pickle = stateOf(tensor);
  const data = floats(6).bytes;
  const good: readonly [ZipFile, ZipFile] = [{ name: 'm/data.pkl', bytes: pickle }, { name: 'm/data/0', bytes: data }]; // prettier-ignore

  it.each([{}, { records64: false }, { fields64: true }, { records64: false, fields64: true }])('are read with %j', (options) => {
    expect(readPickle(torch.zipOf(good, options)).tensors.get('w')!.data).toEqual(Float32Array.of(0, 0.5, 1, 1.5, 2, 2.5));
  });

  const listed = (said: ZipFile['said']): Uint8Array => torch.zipOf([good[0], { ...good[1], ...(said === undefined ? {} : { said }) }]);
  it.each<readonly [string, Uint8Array, string]>([
    ['compressed', listed({ method: 8 }), 'compressed or encrypted (method 8)'],
    ['encrypted', listed({ flags: 1 }), 'compressed or encrypted'],
    ['with one inside another', listed({ local: 0 }), 'inside what ends at'],
    ['with one that leaves the files', listed({ size: 2 ** 20 }), 'beyond the files'],
    ['with one that begins behind them', listed({ local: 2 ** 20 }), 'beyond the files'],
    ['with one that begins elsewhere', listed({ local: 200 }), 'UTF-8|inside|is not at byte|beyond'],
    ['with one of another name', listed({ name: 'm/data/1' }), 'is not at byte'],
    ['with one twice', torch.zipOf([...good, good[1]]), '“m/data/0” twice'],
    ['without a pickle', torch.zipOf([good[1]]), '0 files data.pkl'],
    ['with two pickles', torch.zipOf([...good, { name: 'n/data.pkl', bytes: pickle }]), '2 files data.pkl'],
    ['of a big-endian machine', torch.zipOf([...good, { name: 'm/byteorder', bytes: torch.join('big') }]), 'little-endian'],
    ['with a note at the end', torch.join(torch.zipOf(good), 'note'), 'does not end as an archive'],
    ['of nothing', torch.zipOf([]), '0 files data.pkl'],
  ])('are refused %s', (_, file, message) => {
    expect(() => readPickle(file)).toThrow(UserError);
    expect(() => readPickle(file)).toThrow(new RegExp(message.replace(/[()]/g, '\\$&')));
  });

  it('with a byte of the pickle or of a storage changed are damaged', () => {
    for (const part of [pickle, data]) {
      const file = torch.zipOf(good);
      const at = Buffer.from(file).indexOf(part);
      file[at + 3]! ^= 1;
      expect(() => readPickle(file)).toThrow('is damaged');
    }
  });

  it('a storage of a terabyte in a file with a hole is refused', () => {
    const path = join(temporaryFolder(), 'm.bin');
    const elements = op.int(2 ** 38);
    const storage = op.tuple(op.text('storage'), op.global('torch', 'FloatStorage'), op.text('0'), op.text('cpu'), elements, 'N');
    const bigState = stateOf(torch.tensorCall(torch.join(storage, 'Q'), { offset: 0, shape: [2 ** 38], strides: [1] }));
    const head = torch.join(torch.rowHead(), bigState, op.pickle('](', op.text('0'), 'e'), '\0\0\0\0\x40\0\0\0');
    writeFileSync(path, head);
    truncateSync(path, head.length + 2 ** 40);
    expect(() => readPickle(path)).toThrow(UserError);
    expect(() => readPickle(path)).toThrow('do not fit into memory');
  });
});

describe('rows', () => {
  const state = op.pickle(
    '}',
    op.text('w'),
    torch.tensorCall(torch.storageReference('0', floats(6), 'row'), { offset: 0, shape: [6], strides: [1] }),
    's',
  );
  const keys = (...names: readonly string[]): Uint8Array => op.pickle('](', ...names.map(op.text), 'e');
  const six = torch.join('\x06\0\0\0\0\0\0\0', floats(6).bytes);

  it.each<readonly [string, readonly (Uint8Array | string)[], string]>([
    ['another pickle', [op.pickle('N')], 'not of PyTorch'],
    ['another version', [torch.rowHead().subarray(0, 15), op.pickle(op.int(7))], 'form 7'],
    ['no machine', [torch.rowHead().subarray(0, 15), op.pickle(op.int(1001)), op.pickle('}')], 'little-endian'],
    ['a storage that no tensor has', [torch.rowHead(), state, keys('0', '1')], 'storage “1” is in no tensor'],
    ['a storage twice', [torch.rowHead(), state, keys('0', '0')], 'listed twice'],
    ['a storage left out', [torch.rowHead(), state, keys()], 'lists 0 of 1'],
    ['another number of elements', [torch.rowHead(), state, keys('0'), '\x05\0\0\0\0\0\0\0', floats(5).bytes], '5 in 20 bytes'],
    ['a negative number of elements', [torch.rowHead(), state, keys('0'), '\xff'.repeat(8), floats(6).bytes], '-1 in 24 bytes'],
    ['a storage cut short', [torch.rowHead(), state, keys('0'), six.subarray(0, 31)], '6 in 23 bytes'],
    ['more than its storages', [torch.rowHead(), state, keys('0'), six, 'x'], '1 bytes after the last storage'],
  ])('are refused: %s', (_, pieces, message) => {
    expect(() => readPickle(torch.join(...pieces))).toThrow(UserError);
    expect(() => readPickle(torch.join(...pieces))).toThrow(message);
  });
});

describe('what PyTorch wrote', () => {
  const bytesOf = (text: string): Uint8Array => gunzipSync(Buffer.from(text, 'base64'));
  const expected = readSafetensors(bytesOf(written.safetensors));

  it.each([
    ['archive', written.archive],
    ['row', written.row],
  ])('as an %s is what it wrote as safetensors: every type, transposed, permuted, parts, a parameter, tied', (_, text) => {
    const { tensors } = readPickle(bytesOf(text));
    expect(tensors).toEqual(expected);
    expect(tensors.size).toBe(17);
    expect(tensors.get('tied')!.data).toBe(tensors.get('f32')!.data);
    expect(tensors.get('t')).toMatchObject({ shape: [6, 4], dtype: 'F32' });
    expect(tensors.get('t')!.data[1]).toBe(Math.fround(6 / 7));
  });
});
