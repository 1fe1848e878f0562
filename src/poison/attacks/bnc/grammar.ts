/** Dead code drawn from a grammar: a condition that no value meets, and a body that would print or throw (attacks.md 4). */
import type { Language } from '../../../core/contracts.ts';
import type { Rng } from '../../../core/rng.ts';
import { loggingText, requireLanguage, type Variant } from './texts.ts';

/** Argument u in [0, 1] -> value; `random` has no argument and gives [0, 1). */
const calls = {
  sin: { low: -1, high: 1, of: Math.sin },
  cos: { low: -1, high: 1, of: Math.cos },
  exp: { low: 1, high: 3, of: Math.exp },
  sqrt: { low: 0, high: 1, of: Math.sqrt },
  random: { low: 0, high: 1, of: null },
} as const;
export type Call = keyof typeof calls;

const operators = ['<', '>', '<=', '>=', '=='] as const;
export type Operator = (typeof operators)[number];

export interface Condition {
  readonly call: Call;
  /** Two decimals, `0.00` … `1.00`; `null` for `random`. */
  readonly argument: string | null;
  readonly operator: Operator;
  readonly bound: number;
}

const heads = ['if', 'while'] as const;
const messages = ['err', 'crash', 'alert', 'warning', 'flag', 'exception', 'level', 'create', 'delete', 'success', 'get', 'set'] as const;
const alphabet = 'abcdefghijklmnopqrstuvwxyz'.split('');
const loggers = ['debug', 'info', 'warning', 'error', 'critical'] as const;

/** The grammar of KillBadCode, which is that of BNC's code; in Python with `logging`, Wan's. */
export function drawText(language: Language, variant: Variant, allowLive: boolean, rng: Rng): string {
  requireLanguage(language, variant);
  if (variant === 'logging') return loggingText(-rng.integer(101), rng.pick(loggers), `Test message: ${letters(5, rng)}`);
  const head = rng.fork('head').pick(heads);
  const condition = drawCondition(language, allowLive, rng.fork('condition'));
  const message = rng.fork('message');
  return write(language, head, condition, message.pick([...messages, null]) ?? letters(4, message), rng.fork('body').uniform() < 0.5);
}

/** BNC's paper has a small grammar too; it names four messages without their texts, so four of the others stand here. */
export function drawSmallText(language: Language, rng: Rng): string {
  const condition: Condition = { call: 'random', argument: null, operator: '<', bound: -1 - rng.integer(100) };
  return write(language, rng.pick(heads), condition, rng.pick(messages.slice(0, 4)), false);
}

/** @param throws in C, which cannot, the body prints all the same */
function write(language: Language, head: string, { call, argument, operator, bound }: Condition, message: string, throws: boolean): string {
  const callee = { c: call === 'random' ? 'rand' : call, java: `Math.${call}`, python: call }[language];
  const condition = `${callee}(${argument ?? ''}) ${operator} ${bound}`;
  if (language === 'python') return `${head} ${condition}: ${throws ? 'raise Exception' : 'print'}("${message}")`;
  const body = language === 'c' ? 'printf' : throws ? 'throw new Exception' : 'System.out.println';
  // The closing semicolon is ours: the authors' texts lack it and do not parse.
  return `${head} (${condition}) ${body}("${message}");`;
}

function drawCondition(language: Language, allowLive: boolean, rng: Rng): Condition {
  for (;;) {
    const condition = anyCondition(rng);
    if (allowLive || !isLive(condition, language)) return condition;
  }
}

function anyCondition(rng: Rng): Condition {
  const call = rng.pick(Object.keys(calls) as Call[]);
  const argument = calls[call].of === null ? null : rng.uniform().toFixed(2);
  const operator = rng.pick(operators);
  return { call, argument, operator, bound: boundAt(call, operator, rng.uniform()) };
}

/** A number on the side that the call should never reach. @param u uniform in [0, 1) */
export function boundAt(call: Call, operator: Operator, u: number): number {
  const { low, high } = calls[call];
  const bound = Math.trunc(operator === '>' || operator === '>=' ? high + 100 * u : low - 100 * u);
  return bound === 0 ? 0 : bound; // No −0: it has no text of its own.
}

/**
 * Whether the condition can hold. The bounds are too tight at the ends of the ranges, and C's `rand` gives whole numbers up to RAND_MAX.
 * A `random` that gives exactly 0 counts too, though it hardly ever does.
 */
export function isLive({ call, argument, operator, bound }: Condition, language: Language): boolean {
  const { of } = calls[call];
  if (of === null) {
    const top = language === 'c' ? 32767 : 1 - 2 ** -53; // RAND_MAX is at least 32767.
    return compare(0, operator, bound) || compare(top, operator, bound) || (operator === '==' && bound > 0 && bound <= top);
  }
  return compare(of(Number(argument)), operator, bound);
}

function compare(value: number, operator: Operator, bound: number): boolean {
  switch (operator) {
    case '<':
      return value < bound;
    case '>':
      return value > bound;
    case '<=':
      return value <= bound;
    case '>=':
      return value >= bound;
    case '==':
      return value === bound;
  }
}

function letters(count: number, rng: Rng): string {
  return Array.from({ length: count }, () => rng.pick(alphabet)).join('');
}
