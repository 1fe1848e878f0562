/** Files as torch.save writes them, in both forms, and the pieces that hostile ones are made of. */
import { crc32 } from 'node:zlib';

export const storageBytes = {
  FloatStorage: 4,
  DoubleStorage: 8,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
  IntStorage: 4,
  ByteStorage: 1,
  BoolStorage: 1,
} as const;
export type StorageType = keyof typeof storageBytes;

export interface TorchStorage {
  readonly type: StorageType;
  readonly bytes: Uint8Array;
}

/** Counted in elements. */
export interface TorchView {
  readonly storage: string;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

export interface TorchModel {
  readonly storages: Readonly<Record<string, TorchStorage>>;
  readonly tensors: readonly (readonly [name: string, view: TorchView])[];
}

type Piece = Uint8Array | string;

/** Texts byte for byte (Latin-1), behind one another. */
export function join(...pieces: readonly Piece[]): Uint8Array<ArrayBuffer> {
  const parts = pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece));
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function little(bytes: 1 | 2 | 4 | 8, value: number): Uint8Array {
  const all = new Uint8Array(8);
  new DataView(all.buffer).setBigUint64(0, BigInt(value), true);
  return all.subarray(0, bytes);
}

// Opcodes as Python's pickletools names them.
export const op = {
  pickle: (...pieces: readonly Piece[]) => join('\x80\x02', ...pieces, '.'),
  global: (module: string, name: string) => join(`c${module}\n${name}\n`),
  int: (value: number) =>
    value < 256 ? join('K', little(1, value)) : value < 2 ** 31 ? join('J', little(4, value)) : join('\x8a\x08', little(8, value)),
  text: (value: string) => join('X', little(4, Buffer.byteLength(value)), Buffer.from(value)),
  tuple: (...items: readonly Piece[]) => join('(', ...items, 't'),
  put: (index: number) => join('r', little(4, index)),
  get: (index: number) => join('j', little(4, index)),
  orderedDict: () => join(op.global('collections', 'OrderedDict'), ')R'),
} as const;

export function storageReference(key: string, { type, bytes }: TorchStorage, form: 'archive' | 'row' = 'archive'): Uint8Array {
  const elements = bytes.length / storageBytes[type];
  const fields = [op.text('storage'), op.global('torch', type), op.text(key), op.text('cpu'), op.int(elements)];
  return join(op.tuple(...fields, ...(form === 'row' ? ['N'] : [])), 'Q');
}

export function tensorCall(reference: Piece, { offset, shape, strides }: Omit<TorchView, 'storage'>): Uint8Array {
  const sizes = (list: readonly number[]): Uint8Array => op.tuple(...list.map(op.int));
  const args = op.tuple(reference, op.int(offset), sizes(shape), sizes(strides), '\x89', op.orderedDict());
  return join(op.global('torch._utils', '_rebuild_tensor_v2'), args, 'R');
}

/** A state dictionary with the state that modules give theirs; every other tensor as a parameter. */
export function statePickle({ storages, tensors }: TorchModel, form: 'archive' | 'row' = 'archive'): Uint8Array {
  const kept = new Map<string, number>();
  const items = tensors.map(([name, view], i) => {
    const known = kept.get(view.storage);
    const reference = known === undefined ? join(storageReference(view.storage, storages[view.storage]!, form), op.put(i)) : op.get(known);
    kept.set(view.storage, known ?? i);
    const tensor = tensorCall(reference, view);
    const parameter = join(op.global('torch._utils', '_rebuild_parameter'), op.tuple(tensor, '\x88', op.orderedDict()), 'R');
    return join(op.text(name), i % 2 === 0 ? tensor : parameter);
  });
  const metadata = join('}', op.text('_metadata'), op.orderedDict(), 's');
  return op.pickle(op.orderedDict(), '(', ...items, 'u', metadata, 'b');
}

export function archiveFile(model: TorchModel, folder = 'archive'): Uint8Array<ArrayBuffer> {
  const storages = Object.entries(model.storages).map(([key, { bytes }]): ZipFile => ({ name: `${folder}/data/${key}`, bytes }));
  return zipOf([
    { name: `${folder}/data.pkl`, bytes: statePickle(model) },
    { name: `${folder}/byteorder`, bytes: join('little') },
    ...storages,
    { name: `${folder}/version`, bytes: join('3\n') },
  ]);
}

export function rowFile(model: TorchModel): Uint8Array<ArrayBuffer> {
  const keys = Object.keys(model.storages).sort();
  return join(
    rowHead(),
    statePickle(model, 'row'),
    op.pickle('](', ...keys.map(op.text), 'e'),
    ...keys.flatMap((key) => {
      const { type, bytes } = model.storages[key]!;
      return [little(8, bytes.length / storageBytes[type]), bytes];
    }),
  );
}

/** Magic number, version, and what the machine was. */
export function rowHead(): Uint8Array {
  const machine = join('}(', op.text('protocol_version'), op.int(1001), op.text('little_endian'), '\x88', 'u');
  return join(op.pickle('\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19'), op.pickle(op.int(1001)), op.pickle(machine));
}

export interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What the list of files says, where it is not the truth. */
  readonly said?: {
    readonly method?: number;
    readonly flags?: number;
    readonly size?: number;
    readonly local?: number;
    readonly name?: string;
  };
}

/** Contents begin at multiples of 64, sizes stand behind them and in the list alone, and the 64-bit records are there: as torch writes them. */
export function zipOf(files: readonly ZipFile[], { records64 = true, fields64 = false } = {}): Uint8Array<ArrayBuffer> {
  const pieces: Piece[] = [];
  const central: Uint8Array[] = [];
  let at = 0;
  const add = (piece: Uint8Array): void => {
    pieces.push(piece);
    at += piece.length;
  };
  for (const { name, bytes, said = {} } of files) {
    const crc = crc32(bytes);
    const padding = (64 - ((at + 30 + name.length + 4) % 64)) % 64;
    const common = (size: number): Uint8Array => join(little(4, 0), little(4, size === 0 ? 0 : crc), little(4, size), little(4, size));
    const local = said.local ?? at;
    add(join('PK\x03\x04', little(2, 0), little(2, 8), little(2, 0), common(0), little(2, name.length), little(2, 4 + padding), name));
    add(join('FB', little(2, padding), new Uint8Array(padding)));
    add(bytes);
    add(join('PK\x07\x08', little(4, crc), little(4, bytes.length), little(4, bytes.length)));
    const size = said.size ?? bytes.length;
    const wide = fields64 ? join(little(2, 1), little(2, 24), little(8, size), little(8, size), little(8, local)) : join('');
    const [size32, local32] = fields64 ? [0xffffffff, 0xffffffff] : [size, local];
    const listed = said.name ?? name;
    central.push(
      join('PK\x01\x02', little(4, 0), little(2, said.flags ?? 8), little(2, said.method ?? 0)),
      join(little(4, 0), little(4, crc), little(4, size32), little(4, size32), little(2, listed.length), little(2, wide.length)),
      join(new Uint8Array(10), little(4, local32), listed, wide),
    );
  }
  const list = join(...central);
  const [count, begin, endOfList] = [files.length, at, at + list.length];
  const counts = (bytes: 2 | 8, place: 4 | 8): Uint8Array =>
    join(little(bytes, count), little(bytes, count), little(place, list.length), little(place, begin));
  const record = join(
    'PK\x06\x06',
    little(8, 44),
    new Uint8Array(12),
    counts(8, 8),
    'PK\x06\x07',
    little(4, 0),
    little(8, endOfList),
    little(4, 1),
  );
  return join(...pieces, list, records64 ? record : '', 'PK\x05\x06', little(4, 0), counts(2, 4), little(2, 0));
}
