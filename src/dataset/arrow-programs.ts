/** Programs as one Arrow column: their strings are places in one dictionary, so that each distinct string is kept and decoded once. */
import { Dictionary, Field, Int32, List, makeData, Struct, Utf8, Vector, type Data } from 'apache-arrow';
import type { Program } from '../core/contracts.ts';
import { integerColumn, listColumn, textColumn, validity } from './arrow-columns.ts';

const wordType = new Dictionary(new Utf8(), new Int32(), 0);
const wordsType = new List(new Field('item', wordType, false));
type WordList = typeof wordsType;
/** Lists of words end to end, as places in the dictionary. */
interface Words {
  readonly lengths: readonly number[];
  readonly indices: Int32Array;
}
export const placesType = new List(new Field('item', new Int32(), false));
export type Places = typeof placesType;
export const programType = new Struct([
  new Field('tokens', wordsType, false),
  new Field('gaps', wordsType, false),
  new Field('functionName', wordType, true),
  new Field('variables', wordsType, false),
  new Field('locals', wordsType, false),
  new Field('bodyStart', new Int32(), true),
  new Field('statementEnds', placesType, false),
]);

/** Programs end to end; the lists that hold them say where each row's begin. */
export function programColumn(programs: readonly Program[]): Data {
  const lexicon = new Map<string, number>();
  // The dictionary is complete only when every string was seen: indices come first, columns second.
  const wordsOf = (listOf: (program: Program) => readonly string[]): Words => {
    const lists = programs.map(listOf);
    return { lengths: lists.map((list) => list.length), indices: wordIndices(lexicon, lists) };
  };
  const [tokens, gaps] = [wordsOf((program) => program.tokens), wordsOf((program) => program.gaps)];
  const [variables, locals] = [wordsOf((program) => program.variables), wordsOf((program) => program.locals)];
  const names = wordsOf(({ functionName }) => [functionName ?? '']).indices;
  const dictionary = new Vector([textColumn([...lexicon.keys()])]);
  const words = ({ lengths, indices }: Words): Data =>
    listColumn(lengths, wordsType, makeData({ type: wordType, length: indices.length, data: indices, dictionary }));
  const functionName = makeData({
    type: wordType,
    length: names.length,
    data: names,
    dictionary,
    ...validity(programs.map((program) => program.functionName !== null)),
  });
  const children = [
    words(tokens),
    words(gaps),
    functionName,
    words(variables),
    words(locals),
    integerColumn(programs.map(({ bodyStart }) => bodyStart)),
    placesColumn(programs.map(({ statementEnds }) => statementEnds)),
  ];
  return makeData({ type: programType, length: programs.length, nullCount: 0, children });
}

/** Row `row` of a list of integers or dictionary places; Arrow's own type of the offsets is `any`. */
export function places(list: Data<Places | WordList>, row: number): number[] {
  const offsets = list.valueOffsets as Int32Array;
  return Array.from((list.children[0]!.values as Int32Array).subarray(offsets[row], offsets[row + 1]));
}

export function decodePrograms(structs: Data): Program[] {
  const [tokens, gaps, names, variables, locals, bodies, ends] = structs.children as [
    Data<WordList>,
    Data<WordList>,
    Data<Dictionary<Utf8, Int32>>,
    Data<WordList>,
    Data<WordList>,
    Data<Int32>,
    Data<Places>,
  ];
  const lexicon = (names.dictionary?.toArray() ?? []) as readonly string[];
  const words = (list: Data<WordList>, row: number): string[] => places(list, row).map((index) => lexicon[index]!);
  return Array.from({ length: structs.length }, (_, row) => ({
    tokens: words(tokens, row),
    gaps: words(gaps, row),
    functionName: names.getValid(row) ? lexicon[names.values[row]!]! : null,
    variables: words(variables, row),
    locals: words(locals, row),
    bodyStart: bodies.getValid(row) ? bodies.values[row]! : null,
    statementEnds: places(ends, row),
  }));
}

/** Every word of every list as its place in `lexicon`, which grows. */
function wordIndices(lexicon: Map<string, number>, lists: readonly (readonly string[])[]): Int32Array {
  const indices = new Int32Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    for (const word of list) {
      const known = lexicon.get(word);
      if (known === undefined) lexicon.set(word, lexicon.size);
      indices[at++] = known ?? lexicon.size - 1;
    }
  }
  return indices;
}

export function placesColumn(lists: readonly (readonly number[])[]): Data {
  const child = integerColumn(lists.flat());
  return listColumn(
    lists.map((list) => list.length),
    placesType,
    child,
  );
}
