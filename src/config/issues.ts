/** Faults found by a schema, said for people: the key path, what was found, what is accepted, the nearest match. */
import { z } from 'zod';
import { unknownName } from '../core/errors.ts';
import { type Fault, keyPath, show } from './json.ts';

/** The part of a JSON Schema that tells a reader what a value may be. */
interface Expectation {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, Expectation>>;
  readonly required?: readonly string[];
  readonly items?: Expectation;
  readonly anyOf?: readonly Expectation[];
  readonly oneOf?: readonly Expectation[];
}

/** @param at the key path of what `schema` was given */
export function faultsOf(error: z.ZodError, schema: z.ZodType, input: unknown, at: string, alsoKnown: readonly string[] = []): Fault[] {
  const expected = expectationOf(schema);
  return error.issues.flatMap((issue) => {
    const path = issue.path.reduce<string>(keyPath, at);
    const wanted = issue.path.reduce<Expectation | undefined>(inside, expected);
    if (issue.code === 'unrecognized_keys') {
      const known = [
        ...(issue.path.length === 0 ? alsoKnown : []),
        ...propertiesOf(meant(wanted, issue.path.reduce<unknown>(valueAt, input))),
      ];
      return issue.keys.map((key) => ({ path: keyPath(path, key), problem: unknownKey(key, known), accepted: known.join(', ') }));
    }
    const found = issue.path.reduce<unknown>(valueAt, input);
    const choices = wanted === undefined ? [] : choicesOf(wanted).filter((choice) => typeof choice === 'string');
    const problem =
      issue.code === 'custom' ? issue.message : found === undefined ? 'is missing' : problemWith(found, choices, issue.message);
    const accepted = wanted === undefined ? undefined : say(wanted);
    return [{ path, problem, ...(accepted === undefined || accepted === '' ? {} : { accepted }) }];
  });
}

/** Names of the keys an object schema accepts. */
export function keysOf(schema: z.ZodType): string[] {
  return propertiesOf(expectationOf(schema));
}

function problemWith(found: unknown, choices: readonly string[], message: string): string {
  if (typeof found === 'string' && choices.length > 0) return unknownName(found, choices);
  return `found ${show(found)}${message.startsWith('Invalid') ? '' : `: ${message}`}`;
}

function unknownKey(key: string, known: readonly string[]): string {
  return unknownName(key, known).replace('unknown', 'unknown key');
}

/** Of what goes in; behind a preprocessing step, which accepts anything, of what comes out of it. */
function expectationOf(schema: z.ZodType): Expectation {
  const of = (io: 'input' | 'output'): Expectation =>
    z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' }) as Expectation;
  const before = of('input');
  return propertiesOf(before).length > 0 ? before : of('output');
}

function branchesOf(wanted: Expectation): Expectation[] {
  return [wanted, ...(wanted.anyOf ?? []), ...(wanted.oneOf ?? [])];
}

function propertiesOf(wanted: Expectation | undefined): string[] {
  return wanted === undefined ? [] : [...new Set(branchesOf(wanted).flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

/** Of a union's objects those that a value is one of, by the keys that tell them apart (`strategy: "dead-code"`); all where none fits. */
function meant(wanted: Expectation | undefined, value: unknown): Expectation | undefined {
  const branches = [...(wanted?.anyOf ?? []), ...(wanted?.oneOf ?? [])];
  const fitting = branches.filter(({ properties, required }) =>
    Object.entries(properties ?? {}).every(([key, { const: only }]) => {
      const given = valueAt(value, key);
      return only === undefined || (given === undefined ? required?.includes(key) !== true : given === only);
    }),
  );
  return fitting.length === 0 ? wanted : { anyOf: fitting };
}

function inside(wanted: Expectation | undefined, key: PropertyKey): Expectation | undefined {
  if (wanted === undefined) return undefined;
  if (typeof key === 'number') return wanted.items;
  const found = branchesOf(wanted).flatMap(({ properties }) => properties?.[String(key)] ?? []);
  const distinct = [...new Map(found.map((one) => [JSON.stringify(one), one])).values()];
  return distinct.length > 1 ? { anyOf: distinct } : distinct[0];
}

/** Values listed by name. */
function choicesOf(wanted: Expectation): readonly unknown[] {
  return branchesOf(wanted).flatMap((one) => one.enum ?? (one.const === undefined ? [] : [one.const]));
}

function valueAt(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<PropertyKey, unknown>>)[key] : undefined;
}

/** `a number from 0 to 1 (share of the training data poisoned)` */
function say(wanted: Expectation): string {
  const description = wanted.description === undefined ? '' : ` (${wanted.description})`;
  const alternatives = [...(wanted.anyOf ?? []), ...(wanted.oneOf ?? [])];
  if (alternatives.length > 0) return `${alternatives.map(say).join(' or ')}${description}`;
  const choices = wanted.enum ?? (wanted.const === undefined ? [] : [wanted.const]);
  if (choices.length > 0) return `${choices.map((one) => (typeof one === 'string' ? one : show(one))).join(', ')}${description}`;
  const type = typeof wanted.type === 'string' ? kindNames[wanted.type] : undefined;
  return `${type ?? ''}${range(wanted)}${wanted.pattern === undefined ? '' : ` matching ${wanted.pattern}`}${description}`.trim();
}

const kindNames: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
};

/** zod bounds every integer by the safe ones; nobody needs to be told. */
function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Expectation): string {
  const isTold = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  const low = isTold(minimum) ? ` from ${minimum}` : isTold(exclusiveMinimum) ? ` above ${exclusiveMinimum}` : '';
  const high = isTold(maximum) ? ` to ${maximum}` : isTold(exclusiveMaximum) ? ` below ${exclusiveMaximum}` : '';
  return `${low}${high}`;
}
