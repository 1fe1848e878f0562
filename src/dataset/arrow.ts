/**
 * Samples as one Apache Arrow IPC file, the format in which stages keep them. A row without an id is a missing sample. A program that stands
 * in many samples is kept once: `distinct` has it in the row of the first, and `programs` counts through `distinct` over all rows. Strings
 * of programs are dictionary-encoded: millions of tokens have some ten thousand distinct values, and decoding makes each string once.
 */
import {
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
import { integerColumn, listColumn, textColumn } from './arrow-columns.ts';
import { decodePrograms, places, placesColumn, placesType, programColumn, programType, type Places } from './arrow-programs.ts';

/** First and last bytes of an Arrow file. */
const magic = 'ARROW1';

const distinctType = new List(new Field('item', programType, false));
const schema = new Schema(
  [
    new Field('id', new Utf8(), true),
    new Field('label', new Int32(), true),
    new Field('distinct', distinctType, false),
    new Field('programs', placesType, false),
    new Field('query', new Utf8(), true),
  ],
  new Map([['elibadcode.samples', '2']]),
);

/** The same samples, sharing the same programs, always give the same bytes. */
export function encodeSamples(samples: readonly (Sample | null)[]): Uint8Array {
  const seen = new Map<Program, number>();
  const added: number[] = [];
  const references: number[][] = [];
  for (const sample of samples) {
    const before = seen.size;
    references.push(
      (sample?.programs ?? []).map((program) => {
        const place = seen.get(program) ?? seen.size;
        seen.set(program, place);
        return place;
      }),
    );
    added.push(seen.size - before);
  }
  const columns: Data[] = [
    textColumn(samples.map((sample) => sample?.id ?? null)),
    labelColumn(samples),
    listColumn(added, distinctType, programColumn([...seen.keys()])),
    placesColumn(references),
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
  if (version !== '2') throw new UserError(place, `an Arrow file with samples version ${version ?? 'none'}`, 'version 2');
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
  const [ids, labels, distinct, programs, queries] = rows.children as [
    Data<Utf8>,
    Data<Int32>,
    Data<typeof distinctType>,
    Data<Places>,
    Data<Utf8>,
  ];
  const texts = { id: new Vector([ids]), query: new Vector([queries]) };
  const decoded = decodePrograms(distinct.children[0]!);
  return Array.from({ length: rows.length }, (_, row) => {
    const id = texts.id.get(row);
    if (id === null) return null;
    const query = texts.query.get(row);
    const list = places(programs, row).map((place) => decoded[place]!);
    return { id, label: labels.values[row]!, programs: list, ...(query === null ? {} : { query }) };
  });
}

function labelColumn(samples: readonly (Sample | null)[]): Data {
  const broken = samples.find((sample) => sample !== null && !Number.isInteger(sample.label));
  if (broken !== undefined && broken !== null) throw new RangeError(`${broken.id}: label ${broken.label} is no integer`);
  return integerColumn(samples.map((sample) => sample?.label ?? null));
}
