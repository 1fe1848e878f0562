/**
 * A restricted unpickler: the opcodes that torch.save writes (pickle protocol 2), on a stack of plain values. It calls nothing; what Python
 * would call is either a tensor, which `globals.ts` describes, or refused by name. It never recurses, so no nesting is too deep.
 */
import { UserError } from '../../core/errors.ts';
import type { Cursor } from './cursor.ts';
import { findGlobal, rebuild } from './globals.ts';
import { isKind, isWhole, nameOf, type Storage, type Value } from './values.ts';

export interface Unpickled {
  readonly value: Value;
  /** Every storage that the pickle refers to, by its key. */
  readonly storages: ReadonlyMap<string, Storage>;
}

/** A tensor takes some 50 of the one and 6 of the other. They bound what a small file can make of memory. */
const MAX_OPCODES = 2 ** 22;
const MAX_CONTAINERS = 2 ** 20;
const MAX_NAME_BYTES = 256;
const MAX_INTEGER_BYTES = 16;

/** One pickle from the cursor on, which stands behind it afterwards. */
export function unpickle(cursor: Cursor): Unpickled {
  const machine = makeMachine(cursor);
  if (cursor.byte() !== 0x80) throw machine.fault('is no pickle of protocol 2', 'a file that torch.save wrote');
  const protocol = cursor.byte();
  if (protocol !== 2) throw machine.fault(`a pickle of protocol ${protocol}`, 'protocol 2, which torch.save writes unless told otherwise');
  for (let steps = 0; steps < MAX_OPCODES; steps++) {
    const opcode = cursor.byte();
    if (opcode === 0x2e) return { value: machine.stop(), storages: machine.storages };
    const run = opcodes[opcode];
    if (run === undefined)
      throw machine.fault(`the opcode 0x${opcode.toString(16)} (${String.fromCharCode(opcode)})`, 'those that torch.save writes');
    run(machine);
  }
  throw machine.fault(`more than ${MAX_OPCODES} opcodes`, 'a dictionary of tensors');
}

type Machine = ReturnType<typeof makeMachine>;

function makeMachine(cursor: Cursor) {
  const stack: Value[] = [];
  /** How long the stack was at each mark that is still open. */
  const marks: number[] = [];
  const memo = new Map<number, Value>();
  const storages = new Map<string, Storage>();
  let containers = 0;
  const fault = (problem: string, accepted?: string): UserError => new UserError(cursor.place(), problem, accepted);
  const pop = (): Value => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw fault('the pickle takes more from its stack than it put there', 'a whole pickle');
    return stack.pop()!;
  };
  const push = (value: Value): void => {
    if (isKind(value, 'dict') || isKind(value, 'list') || isKind(value, 'tuple') || isKind(value, 'tensor')) containers++;
    if (containers > MAX_CONTAINERS) throw fault(`more than ${MAX_CONTAINERS} lists, tuples and dictionaries`, 'a dictionary of tensors');
    stack.push(value);
  };
  return {
    cursor,
    fault,
    pop,
    push,
    storages,
    top: (): Value => {
      const value = pop();
      stack.push(value);
      return value;
    },
    mark: () => marks.push(stack.length),
    /** What was put there since the last mark. */
    popMark: (): Value[] => {
      const from = marks.pop();
      if (from === undefined) throw fault('the pickle closes a mark that it did not set', 'a whole pickle');
      return stack.splice(from);
    },
    remember: (index: number) => memo.set(index, stack.at(-1) ?? null),
    /** Shared, not copied: a value that refers to another a thousand times takes a thousand references. */
    recall: (index: number): void => {
      const value = memo.get(index);
      if (value === undefined) throw fault(`the pickle recalls value ${index}, which it did not keep`, 'a whole pickle');
      stack.push(value);
    },
    stop: (): Value => {
      const value = pop();
      if (stack.length > 0 || marks.length > 0) throw fault('the pickle ends with more than one value', 'a whole pickle');
      return value;
    },
  };
}

const pushes =
  (value: () => Value) =>
  ({ push }: Machine): void =>
    push(value());
const tupleOf =
  (count: number) =>
  ({ pop, push }: Machine): void =>
    push({ kind: 'tuple', items: Array.from({ length: count }, pop).reverse() });

/** By their byte; names as in Python's pickletools. */
const opcodes: Readonly<Record<number, (machine: Machine) => void>> = {
  [code('(')]: ({ mark }) => mark(),
  // MARK, NONE, NEWTRUE, NEWFALSE
  [code('N')]: pushes(() => null),
  0x88: pushes(() => true),
  0x89: pushes(() => false),
  // BININT, BININT1, BININT2, LONG1, BINFLOAT
  [code('J')]: ({ push, cursor }) => push(cursor.view(4).getInt32(0, true)),
  [code('K')]: ({ push, cursor }) => push(cursor.byte()),
  [code('M')]: ({ push, cursor }) => push(cursor.view(2).getUint16(0, true)),
  0x8a: pushLong,
  [code('G')]: ({ push, cursor }) => push(cursor.view(8).getFloat64(0)),
  // BINUNICODE; SHORT_BINSTRING, which Python 2 wrote
  [code('X')]: (machine) => pushText(machine, machine.cursor.view(4).getUint32(0, true)),
  [code('U')]: (machine) => pushText(machine, machine.cursor.byte()),
  // EMPTY_TUPLE, TUPLE1, TUPLE2, TUPLE3, TUPLE
  [code(')')]: tupleOf(0),
  0x85: tupleOf(1),
  0x86: tupleOf(2),
  0x87: tupleOf(3),
  [code('t')]: ({ push, popMark }) => push({ kind: 'tuple', items: popMark() }),
  // EMPTY_LIST, APPEND, APPENDS
  [code(']')]: pushes(() => ({ kind: 'list', items: [] })),
  [code('a')]: (machine) => append(machine, [machine.pop()]),
  [code('e')]: (machine) => append(machine, machine.popMark()),
  // EMPTY_DICT, SETITEM, SETITEMS
  [code('}')]: pushes(() => ({ kind: 'dict', ordered: false, entries: new Map() })),
  [code('s')]: (machine) => {
    const value = machine.pop();
    setItems(machine, [machine.pop(), value]);
  },
  [code('u')]: (machine) => setItems(machine, machine.popMark()),
  // BINPUT, LONG_BINPUT, BINGET, LONG_BINGET
  [code('q')]: ({ remember, top, cursor }) => (top(), remember(cursor.byte())),
  [code('r')]: ({ remember, top, cursor }) => (top(), remember(cursor.view(4).getUint32(0, true))),
  [code('h')]: ({ recall, cursor }) => recall(cursor.byte()),
  [code('j')]: ({ recall, cursor }) => recall(cursor.view(4).getUint32(0, true)),
  // GLOBAL, BINPERSID, REDUCE, BUILD
  [code('c')]: ({ push, cursor }) => push(findGlobal(`${readLine(cursor)}.${readLine(cursor)}`, cursor.place())),
  [code('Q')]: pushStorage,
  [code('R')]: ({ push, pop, cursor }) => {
    const args = pop();
    push(rebuild(pop(), args, cursor.place()));
  },
  [code('b')]: dropState,
};

function code(character: string): number {
  return character.charCodeAt(0);
}

function pushLong({ push, cursor, fault }: Machine): void {
  const count = cursor.byte();
  if (count > MAX_INTEGER_BYTES) throw fault(`a whole number of ${count} bytes`, `at most ${MAX_INTEGER_BYTES}`);
  const bytes = cursor.bytes(count);
  const unsigned = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const value = BigInt.asIntN(8 * count, unsigned);
  push(value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);
}

function pushText({ push, cursor, fault }: Machine, count: number): void {
  const bytes = cursor.bytes(count);
  try {
    push(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw fault('a text that is not UTF-8');
  }
}

function readLine(cursor: Cursor): string {
  let line = '';
  for (let byte = cursor.byte(); byte !== 0x0a; byte = cursor.byte()) {
    line += String.fromCharCode(byte);
    if (line.length > MAX_NAME_BYTES) throw new UserError(cursor.place(), `a name of more than ${MAX_NAME_BYTES} bytes`);
  }
  return line;
}

function append({ top, fault }: Machine, values: readonly Value[]): void {
  const list = top();
  if (!isKind(list, 'list')) throw fault(`the pickle appends to ${nameOf(list)}`, 'a list');
  for (const value of values) list.items.push(value);
}

/** Keys and values in turn. */
function setItems({ top, fault }: Machine, items: readonly Value[]): void {
  const dict = top();
  if (!isKind(dict, 'dict') || items.length % 2 !== 0)
    throw fault(`the pickle sets items of ${nameOf(dict)}`, 'keys and values of a dictionary');
  for (let i = 0; i < items.length; i += 2) {
    const key = items[i]!;
    if (typeof key !== 'string' && typeof key !== 'number') throw fault(`the key ${nameOf(key)}`, 'texts and numbers');
    if (dict.entries.has(key)) throw fault(`the key ${nameOf(key)} twice`, 'each name once');
    dict.entries.set(key, items[i + 1]!);
  }
}

/** A reference to bytes elsewhere in the file: what kind, element type, key, device, number of elements, and once a part of another. */
function pushStorage({ push, pop, fault, storages }: Machine): void {
  const reference = pop();
  const [what, type, key, device, elements, part] = isKind(reference, 'tuple') ? reference.items : [];
  const isStorage = what === 'storage' && isKind(type, 'global') && type.rebuilds === null && typeof key === 'string';
  if (!isStorage || typeof device !== 'string' || !isWhole(elements) || part != null)
    throw fault('a reference that is no storage', '("storage", type, key, device, elements)');
  const known = storages.get(key);
  if (known !== undefined && (known.type !== type.stores || known.elements !== elements))
    throw fault(`storage ${nameOf(key)} has two types or sizes`, 'one of each');
  const storage = known ?? { kind: 'storage', key, type: type.stores, elements };
  storages.set(key, storage);
  push(storage);
}

/** A module's state dictionary is an OrderedDict with an attribute, the versions of its layers' forms; no other state is let pass. */
function dropState({ pop, top, fault }: Machine): void {
  const state = pop();
  const target = top();
  const isMetadata = isKind(state, 'dict') && [...state.entries.keys()].every((key) => key === '_metadata');
  if (!isKind(target, 'dict') || !target.ordered || !isMetadata)
    throw fault(`the pickle sets the state of ${nameOf(target)}; nothing was run`, '_metadata of a state dictionary');
}
