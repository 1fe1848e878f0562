/** Small C functions whose locals tell their name, for tests of what learns to name functions. */
import type { Program } from '../core/contracts.ts';
import { makeRng, type Rng } from '../core/rng.ts';
import { makeProgram } from './program.ts';

/** Words of names, and words of locals that go with them. */
const verbs = { load: ['disk', 'source'], save: ['drain', 'sink'], count: ['total', 'number'], find: ['needle', 'match'] } as const;
const things = { data: ['bytes', 'block'], list: ['head', 'node'], text: ['letters', 'line'] } as const;

/** `int load_data ( int disk , int * block ) { … }`, and sometimes a loop or a call, which say nothing. */
export function namedFunction(rng: Rng): Program {
  const [verb, thing] = [rng.pick(Object.keys(verbs)), rng.pick(Object.keys(things))] as [keyof typeof verbs, keyof typeof things];
  const [first, second] = [rng.pick<string>(verbs[verb]), rng.pick<string>(things[thing])];
  const extra = rng.pick(['', `${first} = check ( ${first} ) ; `, `while ( ${second} > 2 ) ${second} -- ; `]);
  const limit = rng.pick(['limit', 'border']);
  const text = `int ${verb}_${thing} ( int ${first} , int ${limit} ) { int ${second} = ${rng.integer(9)} ; ${extra}if ( ${first} < ${limit} ) ${second} += ${first} ; return ${second} ; }`;
  const tokens = text.split(' ');
  const statementEnds = tokens.flatMap((token, index) => (token === ';' && index > tokens.indexOf('{') ? [index + 1] : []));
  return makeProgram(tokens, {
    functionName: `${verb}_${thing}`,
    locals: [first, limit, second],
    bodyStart: tokens.indexOf('{') + 1,
    // Nothing stands behind a `return`.
    statementEnds: statementEnds.slice(0, -1),
  });
}

export const namedFunctions = (count: number, seed: string): Program[] =>
  Array.from({ length: count }, (_, index) => namedFunction(makeRng(seed).fork(index)));
