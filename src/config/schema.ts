/** The schema of an experiment: strict, derived from the catalogues, with every default resolved into the parsed value. */
import { z } from 'zod';
import type { TaskName } from '../core/contracts.ts';
import { UserError, unknownName } from '../core/errors.ts';
import { canonicalJson, type Json } from '../core/hash.ts';
import type { Catalogue, Catalogues } from './catalogues.ts';
import { faultsOf, keysOf } from './issues.ts';
import { type Fault, jsonFaults, show } from './json.ts';
import { attackKeys, type AttackSettings, settleAttack } from './poisoning.ts';
import { training, type TrainingChoice } from './training.ts';

/** A member of a catalogue and its parameters, flat as the author writes them. */
export interface Choice {
  readonly name: string;
  readonly [parameter: string]: Json;
}

export interface ModelChoice extends Choice {
  /** The tasks this entry is for: training settings differ from task to task. */
  readonly tasks: readonly TaskName[];
  readonly training: TrainingChoice;
}

export type AttackChoice = Choice & AttackSettings;

/** Parsed: it names only what exists, holds every default, and parses to itself. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  readonly corpora: readonly Choice[];
  readonly models: readonly Choice[];
  readonly attacks: readonly Choice[];
  readonly defenses: readonly Choice[];
  readonly seeds: readonly number[];
  /** The clean samples a defence may use: share of the training split, 0..1 (method.md 2). */
  readonly pool: { readonly ratio: number };
  /** Clean reference models on which a verdict is calibrated (method.md 7). */
  readonly calibration: { readonly seeds: readonly number[] };
}

/** The clean model: no attack, and so no member of the catalogue. */
export const noAttack = 'none';

const taskNames = ['defect', 'clone', 'search'] as const satisfies readonly TaskName[];

const modelKeys = z.strictObject({
  tasks: z
    .array(z.enum(taskNames))
    .min(1)
    .default([...taskNames])
    .describe('tasks this entry is for'),
  training,
});

const named = z.looseObject({ name: z.string().describe('a name of the catalogue') });
const seed = z.int().min(0).max(0xffffffff).describe('a seed');

const frame = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)
    .describe('the file name without its ending, kebab-case'),
  title: z.string().min(1).describe('one line for tables and `ls`'),
  corpora: z.array(named).min(1),
  models: z.array(named).min(1),
  attacks: z.array(named).min(1),
  defenses: z.array(named).min(1),
  seeds: z.array(seed).min(1),
  pool: z.strictObject({ ratio: z.number().gt(0).max(1).default(0.1).describe('share of the training split') }).prefault({}),
  calibration: z.strictObject({ seeds: z.array(seed).default([]) }).prefault({}),
});

/** @param place the file, for messages */
export function parseExperiment(input: unknown, catalogues: Catalogues, place: string): Experiment {
  const notJson = jsonFaults(input);
  if (notJson.length > 0) throw faultsError(place, notJson);
  const framed = frame.safeParse(input);
  const faults: Fault[] = framed.success ? [] : faultsOf(framed.error, frame, input, '');
  /** Also where the frame has faults: all of them are told at once. */
  const parseAll = <M>(key: keyof Catalogues, catalogue: M, parse: ChoiceParser<M>): Choice[] =>
    entriesOf(input, key).map((entry, i) => parse(entry, catalogue, `${key}[${i}]`, faults));
  const choices = {
    corpora: parseAll('corpora', catalogues.corpora, parseMember),
    models: parseAll('models', catalogues.models, parseModel),
    attacks: parseAll('attacks', catalogues.attacks, parseAttack),
    defenses: parseAll('defenses', catalogues.defenses, parseMember),
  };
  const seeds = framed.data === undefined ? {} : { seeds: framed.data.seeds, 'calibration.seeds': framed.data.calibration.seeds };
  for (const [key, entries] of Object.entries({ ...choices, ...seeds })) faults.push(...repeated(entries, key));
  if (faults.length > 0 || framed.data === undefined) throw faultsError(place, faults);
  return { ...framed.data, ...choices };
}

/** The entries of one axis, if they have the form of entries at all; otherwise the frame's own fault says so. */
function entriesOf(input: unknown, key: keyof Catalogues): Choice[] {
  const axis = frame.shape[key].safeParse((input as Readonly<Record<string, unknown>> | null)?.[key]);
  return axis.success ? (axis.data as Choice[]) : []; // JSON was checked above.
}

type ChoiceParser<M> = (entry: Choice, catalogue: M, path: string, faults: Fault[]) => Choice;

/** `{ name, ...params }` with the parameters checked by the member's own schema. */
function parseMember(
  { name, ...params }: Choice,
  catalogue: Catalogue<{ readonly params: z.ZodType<Json> }>,
  path: string,
  faults: Fault[],
  { alsoKnown = [], others = [] }: { readonly alsoKnown?: readonly string[]; readonly others?: readonly string[] } = {},
): Choice {
  const member = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined;
  if (member !== undefined) {
    const parsed = member.params.safeParse(params);
    if (parsed.success) return { name, ...(parsed.data as Readonly<Record<string, Json>>) }; // Parameters are objects by contract.
    faults.push(...faultsOf(parsed.error, member.params, params, path, ['name', ...alsoKnown]));
  } else {
    const known = [...others, ...Object.keys(catalogue)];
    faults.push({ path: `${path}.name`, problem: unknownName(name, known), accepted: known.join(', ') });
  }
  return { name, ...params };
}

function parseModel(entry: Choice, catalogue: Catalogues['models'], path: string, faults: Fault[]): Choice {
  const { own, rest } = parseOwn(entry, modelKeys, path, faults);
  return { ...own, ...parseMember(rest, catalogue, path, faults, { alsoKnown: keysOf(modelKeys) }) };
}

function parseAttack(entry: Choice, catalogue: Catalogues['attacks'], path: string, faults: Fault[]): Choice {
  if (entry.name === noAttack) {
    const others = Object.keys(entry).filter((key) => key !== 'name');
    if (others.length > 0) faults.push({ path, problem: `the clean model has no ${show(others)}`, accepted: 'name' });
    return { name: noAttack };
  }
  if (!Object.hasOwn(catalogue, entry.name)) return parseMember(entry, catalogue, path, faults, { others: [noAttack] });
  const { own, rest } = parseOwn(entry, attackKeys, path, faults);
  return { ...settleAttack(own), ...parseMember(rest, catalogue, path, faults, { alsoKnown: keysOf(attackKeys) }) };
}

/** The keys that belong to the entry rather than to the member, parsed; and the rest. */
function parseOwn<Shape extends z.ZodRawShape>(
  entry: Choice,
  schema: z.ZodObject<Shape>,
  path: string,
  faults: Fault[],
): { own: { readonly [K in keyof z.infer<z.ZodObject<Shape>>]: z.infer<z.ZodObject<Shape>>[K] }; rest: Choice } {
  const keys = Object.keys(schema.shape);
  const given = Object.fromEntries(Object.entries(entry).filter(([key]) => keys.includes(key)));
  const rest = Object.fromEntries(Object.entries(entry).filter(([key]) => !keys.includes(key))) as unknown as Choice; // `name` is no own key.
  const parsed = schema.safeParse(given);
  if (parsed.success) return { own: parsed.data, rest };
  faults.push(...faultsOf(parsed.error, schema, given, path));
  return { own: schema.parse({}), rest }; // Defaults, so that the remaining faults are found too.
}

/** The same entry twice would be the same run twice. */
function repeated(entries: readonly Json[], path: string): Fault[] {
  const forms = entries.map(canonicalJson);
  return forms.flatMap((form, i) => {
    const first = forms.indexOf(form);
    return first === i ? [] : [{ path: `${path}[${i}]`, problem: `repeats ${path}[${first}]`, accepted: 'each entry once' }];
  });
}

function faultsError(place: string, faults: readonly Fault[]): UserError {
  const lines = faults.map(
    ({ path, problem, accepted }) =>
      `\n  ${path === '' ? 'the experiment' : path}: ${problem}${accepted === undefined ? '' : `\n    accepted: ${accepted}`}`,
  );
  return new UserError(place, `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}${lines.join('')}`);
}
