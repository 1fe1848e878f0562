/** One Java function of a behaviour: an implementation drawn, small rewritings, dead weight, names. */
import type { Rng } from '../../../core/rng.ts';
import { arrays } from './arrays.ts';
import { folds } from './folds.ts';
import { numbers } from './numbers.ts';
import { texts } from './texts.ts';
import { makeScene, type Theme } from './theme.ts';

export const themes: Readonly<Record<string, Theme>> = { ...folds, ...arrays, ...texts, ...numbers };

const split = (text: string): readonly string[] => text.split(' ');

/** Names by letter (theme.ts). Every theme draws from the same lists, so no name says what a function does. */
const names: Readonly<Record<string, readonly string[]>> = {
  A: split('values items data input cells entries numbers list'),
  B: split('others second right pairs rest next'),
  N: split('size n length limit amount len'),
  K: split('key k mark bound level target'),
  I: split('i index at pos p step'),
  J: split('j from cursor q back'),
  R: split('result out found answer res state'),
  X: split('x item value each current v'),
  Y: split('last kept tmp prior y hold'),
  S: split('text s word source line content'),
  P: split('part other piece token affix sub'),
  C: split('c sign symbol letter ch'),
  L: split('left names all given base'),
  Q: split('known rules allowed pool reference'),
  T: split('extra spare unused flag depth code count'),
  U: split('width mode offset total round score'),
};

const verbs = split('scan handle process compute get run find check make apply read load visit');
const nouns = split('Values Items Data Entries Result Range Block Content Part Record State Input');

/**
 * Java text of a function and the place of its implementation in the behaviour's list.
 * @param behaviour a behaviour of `theme`
 * @param rewriting as of `makeScene`
 */
export function writeFunction(
  theme: Theme,
  behaviour: string,
  rewriting: number,
  rng: Rng,
): { readonly source: string; readonly implementation: number } {
  const implementations = theme.behaviours[behaviour]!;
  const implementation = rng.integer(implementations.length);
  const statements = implementations[implementation]!(makeScene(rng, rewriting)).map((statement) => reword(statement, rng));
  const body = addDeadWeight(reorder(statements, rng), rng);
  const modifiers = rng.pick(['static ', 'public static ', 'private static ']);
  const text = `${modifiers}${theme.returns} F(${theme.parameters.join(', ')}) {\n${body.map((line) => `    ${line}\n`).join('')}}\n`;
  return { source: spell(text, rng), implementation };
}

/** Equal ways to write a step. */
function reword(statement: string, rng: Rng): string {
  return statement
    .replace(/\b([RI])\+\+;/g, (whole, name: string) => rng.pick([whole, `${name} += 1;`, `${name} = ${name} + 1;`]))
    .replace(/\bR \+= ([^;?]+);/g, (whole, added: string) => (rng.uniform() < 0.7 ? whole : `R = R + ${added};`));
}

/** Neighbouring declarations with constants may change places. */
function reorder(statements: readonly string[], rng: Rng): string[] {
  const constant = /^\w+ [A-Z] = (-?\d+|true|false);$/;
  const [first, second, ...rest] = statements;
  const free = first !== undefined && second !== undefined && constant.test(first) && constant.test(second);
  return free && rng.uniform() < 0.5 ? [second, first, ...rest] : [...statements];
}

/** Statements over one or two locals of their own, before any statement but never behind the last, which returns. */
function addDeadWeight(statements: readonly string[], rng: Rng): string[] {
  const number = (): number => 1 + rng.integer(9);
  const count = rng.integer(3);
  if (count === 0) return [...statements];
  const declaration = `int T = ${number()};`;
  const use = (): string =>
    rng.pick([
      () => `T ${rng.pick(['+', '-', '*'])}= ${number()};`,
      () => rng.pick(['T++;', 'T--;']),
      () => `if (T ${rng.pick(['<', '>', '<=', '>=', '==', '!='])} ${number()}) T = ${number()};`,
      () => `int U = T ${rng.pick(['+', '-', '*'])} ${number()};`,
      () => `boolean U = T ${rng.pick(['<', '>', '==', '!='])} ${number()};`,
    ])();
  const weight = [declaration, ...Array.from({ length: count - 1 }, use)];
  // A second local may be declared once only.
  const unique = weight.filter((line, at) => !/ U /.test(line) || weight.findIndex((other) => / U /.test(other)) === at);
  const places = unique.map(() => rng.integer(statements.length)).sort((a, b) => a - b);
  return statements.flatMap((statement, at) => [...unique.filter((_, index) => places[index] === at), statement]);
}

/** Puts one drawn name a letter in, no two alike; literals stay. */
function spell(text: string, rng: Rng): string {
  const drawn = new Map<string, string>([['F', `${rng.pick(verbs)}${rng.pick(nouns)}`]]);
  return text.replace(/'[^']*'|"[^"]*"|\b[A-Z]\b/g, (letter) => {
    if (letter.length !== 1) return letter;
    const known = drawn.get(letter);
    if (known !== undefined) return known;
    const taken = new Set(drawn.values());
    const name = rng.pick(names[letter]!.filter((candidate) => !taken.has(candidate)));
    drawn.set(letter, name);
    return name;
  });
}
