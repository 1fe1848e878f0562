/**
 * Samples as one Apache Arrow IPC file, the format in which stages keep them. Columns: `id`, `label`, `programs`, `query`; a row without an
 * id is a missing sample. Strings of programs are dictionary-encoded: millions of tokens have some ten thousand distinct values, so that
 * decoding makes each string once and shares it.
 */
import {
  Dictionary,
  Field,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  Vector,
  type Data,
} from 'apache-arrow';
import type { Program, Sample } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { offsetsOf, textColumn, validity } from './arrow-columns.ts';

/** First and last bytes of an Arrow file. */
const magic = 'ARROW1';

const wordType = new Dictionary(new Utf8(), new Int32(), 0);
const wordsType = new List(new Field('item', wordType, false));
type Words = typeof wordsType;
const programType = new Struct([
  new Field('tokens', wordsType, false),
  new Field('functionName', wordType, true),
  new Field('variables', wordsType, false),
]);
const programsType = new List(new Field('item', programType, false));
const schema = new Schema(
  [
    new Field('id', new Utf8(), true),
    new Field('label', new Int32(), true),
    new Field('programs', programsType, true),
    new Field('query', new Utf8(), true),
  ],
  new Map([['elibadcode.samples', '1']]),
);

/** The same samples always give the same bytes. */
export function encodeSamples(samples: readonly (Sample | null)[]): Uint8Array {
  const lexicon = new Map<string, number>();
  const lists = samples.map((sample) => sample?.programs ?? []);
  const programs = lists.flat();
  // The dictionary is complete only when every string was seen: indices come first, columns second.
  const tokens = wordIndices(lexicon, programs, (program) => program.tokens);
  const names = wordIndices(lexicon, programs, (program) => [program.functionName ?? '']);
  const variables = wordIndices(lexicon, programs, (program) => program.variables);
  const dictionary = new Vector([textColumn([...lexicon.keys()])]);
  const column = (indices: Int32Array): Data => makeData({ type: wordType, length: indices.length, data: indices, dictionary });

  const functionNames = makeData({
    type: wordType,
    length: names.length,
    data: names,
    dictionary,
    ...validity(programs.map((program) => program.functionName !== null)),
  });
  const structs = makeData({
    type: programType,
    length: programs.length,
    nullCount: 0,
    children: [
      listColumn(
        programs.map((program) => program.tokens.length),
        wordsType,
        column(tokens),
      ),
      functionNames,
      listColumn(
        programs.map((program) => program.variables.length),
        wordsType,
        column(variables),
      ),
    ],
  });
  const columns: Data[] = [
    textColumn(samples.map((sample) => sample?.id ?? null)),
    labelColumn(samples),
    listColumn(
      lists.map((list) => list.length),
      programsType,
      structs,
    ),
    textColumn(samples.map((sample) => sample?.query ?? null)),
  ];
  const rows = makeData({ type: new Struct(schema.fields), length: samples.length, nullCount: 0, children: columns });
  return tableToIPC(new Table([new RecordBatch(schema, rows)]), 'file');
}

/** What `encodeSamples` was given. Truncated or foreign bytes are a `UserError` at `place`. */
export function decodeSamples(bytes: Uint8Array, place = 'samples'): (Sample | null)[] {
  const ends = [bytes.subarray(0, magic.length), bytes.subarray(-magic.length)];
  if (ends.some((end) => Buffer.from(end).toString('latin1') !== magic)) {
    throw new UserError(place, `not a whole Arrow file (${bytes.length} bytes)`, 'a file this version wrote; delete it to make it again');
  }
  const table = readTable(bytes, place);
  const version = table.schema.metadata.get('elibadcode.samples');
  if (version !== '1') throw new UserError(place, `an Arrow file with samples version ${version ?? 'none'}`, 'version 1');
  return table.batches.flatMap((batch) => decodeBatch(batch.data));
}

function readTable(bytes: Uint8Array, place: string): Table {
  try {
    return tableFromIPC(bytes);
  } catch (error) {
    throw new UserError(place, `an Arrow file that cannot be read: ${String(error)}`, 'a file this version wrote');
  }
}

function decodeBatch(rows: Data): (Sample | null)[] {
  const [ids, labels, programs, queries] = rows.children as [Data<Utf8>, Data<Int32>, Data<typeof programsType>, Data<Utf8>];
  const texts = { id: new Vector([ids]), query: new Vector([queries]) };
  const decoded = decodePrograms(programs.children[0]!);
  return Array.from({ length: rows.length }, (_, row) => {
    const id = texts.id.get(row);
    if (id === null) return null;
    const query = texts.query.get(row);
    const list = decoded.slice(...range(programs, row));
    return { id, label: labels.values[row]!, programs: list, ...(query === null ? {} : { query }) };
  });
}

/** Where row `row` of a list column begins and ends; Arrow's own type of the offsets is `any`. */
function range(list: Data<List>, row: number): [number, number] {
  const offsets = list.valueOffsets as Int32Array;
  return [offsets[row]!, offsets[row + 1]!];
}

function decodePrograms(structs: Data): Program[] {
  const [tokens, names, variables] = structs.children as [Data<Words>, Data<Dictionary<Utf8, Int32>>, Data<Words>];
  const lexicon = (names.dictionary?.toArray() ?? []) as readonly string[];
  const words = (list: Data<Words>, row: number): string[] => {
    const indices = list.children[0]!.values as Int32Array;
    return Array.from(indices.subarray(...range(list, row)), (index) => lexicon[index]!);
  };
  return Array.from({ length: structs.length }, (_, row) => ({
    tokens: words(tokens, row),
    functionName: names.getValid(row) ? lexicon[names.values[row]!]! : null,
    variables: words(variables, row),
  }));
}

/** Every word of every program as its place in `lexicon`, which grows. */
function wordIndices(
  lexicon: Map<string, number>,
  programs: readonly Program[],
  wordsOf: (program: Program) => readonly string[],
): Int32Array {
  const indices = new Int32Array(programs.reduce((sum, program) => sum + wordsOf(program).length, 0));
  let at = 0;
  for (const program of programs) {
    for (const word of wordsOf(program)) {
      const known = lexicon.get(word);
      if (known === undefined) lexicon.set(word, lexicon.size);
      indices[at++] = known ?? lexicon.size - 1;
    }
  }
  return indices;
}

function listColumn(lengths: readonly number[], type: List, child: Data): Data {
  return makeData({ type, length: lengths.length, nullCount: 0, valueOffsets: offsetsOf(lengths), child });
}

function labelColumn(samples: readonly (Sample | null)[]): Data {
  const data = Int32Array.from(samples, (sample) => {
    if (sample !== null && !Number.isInteger(sample.label)) throw new RangeError(`${sample.id}: label ${sample.label} is no integer`);
    return sample?.label ?? 0;
  });
  return makeData({ type: new Int32(), length: data.length, data, ...validity(samples.map((sample) => sample !== null)) });
}
