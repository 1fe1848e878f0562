/**
 * `pytorch_model.bin` in both of torch.save's forms: an archive (since PyTorch 1.6) of a pickle and one file for each storage, or five
 * pickles and then the storages in a row. Neither is run: see `unpickle.ts`.
 */
import { UserError } from '../../core/errors.ts';
import { bytesAt, checksum, sourceInMemory, withFile, type ByteSource } from '../checkpoint-source.ts';
import { checkByteOrder, ELEMENT_BYTES, type Weights } from '../checkpoint-tensor.ts';
import { makeCursor } from './cursor.ts';
import { unpickle } from './unpickle.ts';
import { isKind, nameOf, type Storage, type Value } from './values.ts';
import { readViews } from './views.ts';
import { readDirectory, type ZipEntry } from './zip-directory.ts';

/** @param source a path, or the file's bytes */
export function readPickle(source: string | Uint8Array, place = typeof source === 'string' ? source : 'pytorch_model.bin'): Weights {
  return typeof source === 'string' ? withFile(source, place, read) : read(sourceInMemory(source, place));
}

function read(source: ByteSource): Weights {
  checkByteOrder(source.place);
  const [first, second] = source.size < 2 ? [] : bytesAt(source, 0, 2);
  if (first === 0x50 && second === 0x4b) return readArchive(source);
  if (first === 0x80) return readRow(source);
  throw new UserError(source.place, 'neither an archive nor a pickle', 'a file that torch.save wrote');
}

function readArchive(source: ByteSource): Weights {
  const entries = readDirectory(source);
  const pickles = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (pickles.length !== 1) throw new UserError(source.place, `${pickles.length} files data.pkl in the archive`, 'one');
  const folder = pickles[0]!.slice(0, -'/data.pkl'.length);
  const order = entries.get(`${folder}/byteorder`);
  if (order !== undefined && (order.size !== 6 || new TextDecoder().decode(bytesAt(source, order.begin, 6)) !== 'little'))
    throw new UserError(source.place, 'was not written on a little-endian machine', 'byteorder “little”');
  const pickle = entries.get(pickles[0]!)!;
  checkContent(source, pickle);
  const part: ByteSource = { ...source, size: pickle.begin + pickle.size };
  const cursor = makeCursor(part, pickle.begin);
  const { value, storages } = unpickle(cursor);
  if (cursor.position() !== part.size) throw new UserError(cursor.place(), 'more after the pickle', 'one pickle');
  const begins = new Map<Storage, number>();
  for (const storage of storages.values()) {
    const entry = entries.get(`${folder}/data/${storage.key}`);
    if (entry === undefined) throw new UserError(source.place, `no storage ${nameOf(storage.key)} in the archive`);
    if (entry.size !== bytesIn(storage)) throw disagrees(source, storage, entry.size);
    begins.set(storage, entry.begin);
  }
  for (const { key } of storages.values()) checkContent(source, entries.get(`${folder}/data/${key}`)!);
  return readViews(source, value, begins);
}

/** The archive's own checksum: a damaged download is no other model. */
function checkContent(source: ByteSource, { name, begin, size, crc32 }: ZipEntry): void {
  if (checksum(source, begin, size) !== crc32)
    throw new UserError(`${source.place}: ${name}`, 'is damaged (its checksum differs)', 'the file as it was written');
}

function bytesIn({ elements, type }: Storage): number {
  return elements * ELEMENT_BYTES[type];
}

function disagrees({ place }: ByteSource, storage: Storage, bytes: number): UserError {
  const { key, elements, type } = storage;
  return new UserError(place, `storage ${nameOf(key)} of ${elements} elements of ${type} has ${bytes} bytes, not ${bytesIn(storage)}`);
}

const MAGIC = 0x1950a86a20f9469cfc6cn;
const ROW_VERSION = 1001;
const COUNT_BYTES = 8;

function readRow(source: ByteSource): Weights {
  const cursor = makeCursor(source, 0);
  const accepted = 'a file that torch.save wrote';
  if (unpickle(cursor).value !== MAGIC) throw new UserError(source.place, 'is a pickle, but not of PyTorch', accepted);
  const version = unpickle(cursor).value;
  if (version !== ROW_VERSION) throw new UserError(source.place, `form ${nameOf(version)}`, `form ${ROW_VERSION}`);
  const machine = unpickle(cursor).value;
  if (!isKind(machine, 'dict') || machine.entries.get('little_endian') !== true)
    throw new UserError(source.place, 'was not written on a little-endian machine', accepted);
  const { value, storages } = unpickle(cursor);
  const order = storageOrder(source, unpickle(cursor).value, storages);
  const begins = new Map<Storage, number>();
  let at = cursor.position();
  for (const storage of order) {
    const elements = new DataView(bytesAt(source, at, COUNT_BYTES).buffer).getBigInt64(0, true);
    const begin = at + COUNT_BYTES;
    if (elements !== BigInt(storage.elements) || bytesIn(storage) > source.size - begin)
      throw new UserError(
        source.place,
        `storage ${nameOf(storage.key)} of ${storage.elements} elements of ${storage.type}: ${elements} in ${source.size - begin} bytes`,
        'a file that was written or downloaded whole',
      );
    begins.set(storage, begin);
    at = begin + bytesIn(storage);
  }
  if (at !== source.size) throw new UserError(source.place, `${source.size - at} bytes after the last storage`, 'none');
  return readViews(source, value, begins);
}

/** The last pickle: the keys in the order of the storages' bytes, each once. */
function storageOrder({ place }: ByteSource, keys: Value, storages: ReadonlyMap<string, Storage>): Storage[] {
  const order = new Set<Storage>();
  for (const key of isKind(keys, 'list') ? keys.items : []) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (storage === undefined || order.has(storage)) throw new UserError(place, `storage ${nameOf(key)} is in no tensor or listed twice`);
    order.add(storage);
  }
  if (order.size !== storages.size) throw new UserError(place, `lists ${order.size} of ${storages.size} storages`);
  return [...order];
}
