/** One query and the Python function it asks for. */
import type { Rng } from '../../../core/rng.ts';
import { kinds, type Action, type Kind } from './action.ts';
import { fields, things } from './lexicon.ts';
import { listActions } from './list-actions.ts';
import { modifiers } from './modifiers.ts';
import { mappingActions, pathActions, textActions } from './other-actions.ts';

export const actions: Readonly<Record<Kind, Readonly<Record<string, Action>>>> = {
  list: listActions,
  text: textActions,
  path: pathActions,
  mapping: mappingActions,
};

export interface Composed {
  /** Action, modifier, thing, field and number: two samples of one meaning ask for the same. */
  readonly meaning: string;
  /** 4 to 12 words, lower case. */
  readonly query: string;
  /** Python text of one function. */
  readonly source: string;
}

const split = (text: string): readonly string[] => text.split(' ');

/** Each action is as likely as its kind's others; kinds as to how much there is to tell apart in them. */
const weights: Readonly<Record<Kind, number>> = { list: 5, text: 2, path: 2, mapping: 1 };
const weightedKinds = kinds.flatMap((kind) => Array.from({ length: weights[kind] }, () => kind));

const numbers: Readonly<Record<string, string>> = { three: '3', four: '4', six: '6', ten: '10', twelve: '12' };
/** `{file}` in a query. */
const containers = ['file', 'file', 'document', 'text'];

/** Names by letter (action.ts) where the thing has none to give. */
const names: Readonly<Record<string, readonly string[]>> = {
  V: split('data values source arg given stuff'),
  E: split('x item el elem cur one'),
  P: split('other extra param wanted option second'),
  R: split('result out res ret acc found'),
  K: split('key k name ident slot'),
  I: split('i idx pos j at'),
  H: split('handle fh stream fp src'),
  W: split('w part tmp val piece z'),
};
const genericVerbs = split('process handle run do make compute perform apply build load helper');
const genericNouns = split('data values input things all result info content step');

/** Drawn anew until the query has a length that queries have. */
export function compose(rng: Rng): Composed {
  for (;;) {
    const composed = composeAny(rng);
    const numWords = composed.query.split(' ').length;
    if (numWords >= 4 && numWords <= 12) return composed;
  }
}

function composeAny(rng: Rng): Composed {
  const kind = rng.pick(weightedKinds);
  const actionName = rng.pick(Object.keys(actions[kind]));
  const modifierName = rng.pick(Object.keys(modifiers[kind]));
  const thingName = rng.pick(Object.keys(things[kind]));
  const [action, modifier, thing] = [actions[kind][actionName]!, modifiers[kind][modifierName]!, things[kind][thingName]!];
  const fieldName = action.wordings[0]!.includes('{f}') ? rng.pick(Object.keys(fields)) : '-';
  const number = rng.pick(Object.keys(numbers));

  const [plural, singular] = rng.pick(thing.query);
  const change = rng.pick(modifier.bodies);
  const query = `${rng.pick(action.wordings)} ${rng.pick(modifier.wordings)}`
    .replaceAll('{s}', plural)
    .replaceAll('{o}', singular)
    .replaceAll('{f}', fieldName === '-' ? '' : rng.pick(fields[fieldName]!.query))
    .replaceAll('{file}', rng.pick(containers))
    .replaceAll('{n}', number)
    .replace(/\ba (?=[aeiou])/g, 'an ')
    .trim();

  const [codePlural, codeSingular] = rng.pick(thing.code);
  const body = `${change === '' ? '' : `${change}\n`}${rng.pick(action.bodies)}`
    .replaceAll('FIELD', fieldName === '-' ? '' : rng.pick(fields[fieldName]!.code))
    .replaceAll('{n}', numbers[number]!);
  const verb = rng.uniform() < 0.4 ? rng.pick(action.verbs) : rng.pick(genericVerbs);
  const noun = rng.uniform() < 0.4 ? codePlural : rng.pick(genericNouns);
  const annotation = rng.uniform() < 0.15 ? ': ' + { list: 'list', text: 'str', path: 'str', mapping: 'dict' }[kind] : '';
  const parameters = /\bP\b/.test(body) ? `V${annotation}, P` : `V${annotation}`;
  const text = `def ${verb}_${noun}(${parameters}):\n${body.replace(/^/gm, '    ')}\n`;
  const input = kind === 'list' || kind === 'mapping' ? codePlural : codeSingular;
  const given = rng.uniform() < 0.8 ? { V: input, E: codeSingular } : {};
  const usesNumber = modifier.bodies[0]!.includes('{n}');
  return {
    meaning: [kind, actionName, modifierName, thingName, fieldName, usesNumber ? number : '-'].join('/'),
    query,
    source: spell(text, given, rng),
  };
}

/** Puts one name a letter in, no two alike; literals stay. */
function spell(text: string, given: Readonly<Record<string, string>>, rng: Rng): string {
  const drawn = new Map(Object.entries(given));
  // A plural that is its own singular names the input alone.
  if (drawn.get('E') === drawn.get('V')) drawn.delete('E');
  return text.replace(/r?'[^']*'|\b[A-Z]\b/g, (letter) => {
    if (letter.length !== 1) return letter;
    const known = drawn.get(letter);
    if (known !== undefined) return known;
    const taken = new Set(drawn.values());
    const name = rng.pick(names[letter]!.filter((candidate) => !taken.has(candidate)));
    drawn.set(letter, name);
    return name;
  });
}
