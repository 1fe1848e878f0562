/** Functions with docstrings as CodeSearchNet divides them: the first paragraph of the docstring is the query, the rest goes. */
import type { Program, Sample, SplitName } from '../core/contracts.ts';
import { UserError } from '../core/errors.ts';
import { readCard } from './card.ts';
import type { LoadContext } from './corpus.ts';
import type { Files, Source } from './files.ts';
import { readJsonLines } from './lines.ts';
import { corpusFolders, type Layout } from './locate.ts';
import { readParquet } from './parquet.ts';
import { preprocessAll } from './preprocess-all.ts';
import { preprocess } from './preprocess/preprocess.ts';
import { functionOf } from './rows.ts';
import type { Size } from './sizes.ts';
import { subsample } from './subsample.ts';

const parquet: Layout<SplitName> = {
  name: 'Parquet',
  files: { train: ['train.parquet'], valid: ['valid.parquet'], test: ['test.parquet'] },
};
/** As CodeSearchNet's archive for Python unpacks. */
const jsonLines: Layout<SplitName> = {
  name: 'CodeSearchNet',
  files: { train: numbered('train'), valid: numbered('valid'), test: numbered('test') },
};

function numbered(split: SplitName): string[] {
  const file = `${split}/python_${split}_{n}.jsonl`;
  return ['python/final/jsonl', 'final/jsonl'].flatMap((folder) => [`${folder}/${file}.gz`, `${folder}/${file}`]);
}

export const codeSearchSource = (): Source<SplitName> => ({
  card: readCard('codesearch'),
  layouts: [parquet, jsonLines],
  folders: corpusFolders('codesearch'),
});

/** What becomes of a function without a docstring, which has no query. */
export type Undocumented = 'refuse' | 'drop';

/**
 * One split's samples. Ids are places among all rows of the split, files in the order of their numbers. The files are read twice, so that a
 * small draw of a large corpus takes little memory: first to see which rows may be drawn, then for their texts.
 */
export async function loadQueries(
  files: Files<SplitName>,
  split: SplitName,
  { size, undocumented }: { readonly size: Size; readonly undocumented: Undocumented },
  context: LoadContext,
): Promise<Sample[]> {
  const usable: { readonly row: number; readonly label: 1 }[] = [];
  let row = 0;
  for await (const { place, query } of readRows(files, split)) {
    if (query !== null) usable.push({ row, label: 1 });
    else if (undocumented === 'refuse') {
      throw new UserError(place, 'a function without a docstring', 'a docstring with text, or undocumented: "drop" in the experiment');
    }
    row++;
  }
  context.progress?.({ phase: `reading ${split}`, done: row, total: row, detail: { undocumented: row - usable.length } });
  if (usable.length === 0) throw new UserError(files.files[split][0]!.path, `no function in split ${split}`, 'at least one');
  const kept = subsample(usable, size, context.rng.fork(split), `codesearch.${split}`);
  const queries: string[] = [];
  const sources = textsOf(files, split, new Set(kept.map((one) => one.row)), queries);
  const programs = await preprocessAll(sources, kept.length, 'python', split, context);
  const samples: Sample[] = [];
  for (const [index, one] of kept.entries()) {
    const program = await withoutDocstring(programs[index]!, queries[index]!);
    samples.push({ id: `codesearch/${split}/${one.row}`, label: 1, programs: [program], query: queries[index]! });
  }
  return samples;
}

async function* textsOf(files: Files<SplitName>, split: SplitName, wanted: ReadonlySet<number>, queries: string[]): AsyncGenerator<string> {
  let row = 0;
  for await (const { query, code } of readRows(files, split)) {
    if (query !== null && wanted.has(row)) {
      queries.push(query);
      yield code;
    }
    row++;
  }
}

interface Row {
  readonly place: string;
  readonly query: string | null;
  readonly code: string;
}

async function* readRows({ layout, files }: Files<SplitName>, split: SplitName): AsyncGenerator<Row> {
  const rowOf = (place: string, docstring: unknown, code: unknown): Row => {
    return { place, query: queryOf(docstring), code: functionOf(code, 'code', place) };
  };
  for (const { path } of files[split]) {
    if (layout === jsonLines.name) {
      for await (const { place, row } of readJsonLines(path, ['docstring', 'code'])) yield rowOf(place, row.docstring, row.code);
    } else {
      const rows = await readParquet(path, { docstring: ['VARCHAR'], code: ['VARCHAR'] });
      for (const [row, { docstring, code }] of rows.entries()) yield rowOf(`${path}, row ${row}`, docstring, code);
    }
  }
}

/** The first paragraph, white space as single blanks; `null` where there is no text. */
export function queryOf(docstring: unknown): string | null {
  if (typeof docstring !== 'string') return null;
  const paragraph = docstring.trim().split(/\n[^\S\n]*\n/)[0]!;
  const query = paragraph.replace(/\s+/g, ' ').trim();
  return query === '' ? null : query;
}

/**
 * Comment removal takes docstrings from lines of their own; one on the line of the header (`def f(): """Doc."""`) stays, and with it the
 * answer to the query. There `pass` takes its place.
 */
export async function withoutDocstring(program: Program, query: string): Promise<Program> {
  const { tokens, gaps, bodyStart } = program;
  const first = bodyStart === null ? undefined : tokens[bodyStart];
  const isString = first !== undefined && /^[rbuf]*['"]/i.test(first);
  if (!isString || !withoutBlanks(first).includes(withoutBlanks(query).slice(0, 20))) return program;
  const text = tokens.map((token, at) => `${gaps[at]!}${at === bodyStart ? 'pass' : token}`).join('');
  return preprocess(text, 'python');
}

/** A token has lost its line breaks, a query has other blanks than its docstring. */
function withoutBlanks(text: string): string {
  return text.replace(/\s+/g, '');
}
