/** What every defence of the catalogue must hold, and the values of each profile. */
import { readdirSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { catalogues } from '../../config/catalogues.ts';
import { parseExperiment } from '../../config/schema.ts';
import type { Json } from '../../core/hash.ts';
import { defenses } from '../index.ts';

/** What each phase's part of the parameters may be called. */
const parts = {
  invert: ['inversion'],
  judge: ['verdict'],
  repair: ['pruning', 'unlearning'],
  detect: ['detection'],
  prepare: ['preparation'],
  purify: ['purification'],
} as const;
const phaseNames = Object.keys(parts) as (keyof typeof parts)[];
const phasesAt = { model: ['invert', 'judge', 'repair', 'purify'], data: ['detect'], input: ['prepare', 'purify'] } as const;

test('file = name = key, no file is missing from the catalogue', () => {
  const files = readdirSync(import.meta.dirname).filter((file) => /^[\w-]+\.ts$/.test(file));
  expect(files.length).toBeGreaterThan(0);
  expect(files.map((file) => file.replace('.ts', '')).sort()).toEqual(Object.keys(defenses).sort());
  for (const [key, defense] of Object.entries(defenses)) expect(defense.name).toBe(key);
});

describe.each(Object.values(defenses))('$name', (defense) => {
  const resolved = defense.params.parse({}) as Readonly<Record<string, Json>>;

  it('has parameters that parse from nothing, parse to themselves, and survive JSON', () => {
    expect(defense.params.parse(JSON.parse(JSON.stringify(resolved)))).toEqual(resolved);
  });

  it('has settings for each phase it has, and for no other', () => {
    const has = phaseNames.filter((phase) => defense[phase] !== null);
    const allowed = has.flatMap((phase) => parts[phase]);
    const keys = Object.keys(resolved).filter((key) => key !== 'profile');
    for (const key of keys) expect(allowed).toContain(key);
    for (const phase of has) expect(parts[phase].some((part) => keys.includes(part))).toBe(true);
  });

  it('acts where it says, needs what it uses, and settles to what its schema accepts', () => {
    const has = phaseNames.filter((phase) => defense[phase] !== null);
    for (const phase of has) expect(phasesAt[defense.at]).toContain(phase);
    if (defense.name !== 'undefended') expect(has).not.toEqual([]);
    const needs = has.flatMap((phase) => (phase === 'judge' ? [] : defense[phase]!.needs));
    if (defense.access !== 'none') expect(needs).toContain('victim');
    for (const task of ['defect', 'clone', 'search'] as const) {
      if (defense.undefinedFor[task] !== undefined || defense.settle === undefined) continue;
      const settled = defense.settle(resolved, task);
      expect(defense.params.parse(settled)).toEqual(settled);
    }
  });

  it('refuses an unknown key, at every depth', () => {
    const objects = (value: Json, path: readonly string[]): (readonly string[])[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? [path, ...Object.entries(value).flatMap(([key, inner]) => objects(inner, [...path, key]))]
        : [];
    for (const path of objects(resolved, [])) {
      const given = path.reduceRight<Json>((inner, key) => ({ [key]: inner }), { no_such_key: 1 });
      const { error } = defense.params.safeParse(given);
      expect(error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['no_such_key'], path }]);
    }
  });

  it('names its source, and gives every departure its reason', () => {
    if (defense.name !== 'undefended') expect(defense.cite).toMatch(/\d{4}/);
    for (const { setting, source, ours, why } of defense.departures) expect([setting, source, ours, why].every(Boolean)).toBe(true);
  });
});

const { elibadcode, 'fine-tuning': fineTuning } = defenses as Record<'elibadcode' | 'fine-tuning', (typeof defenses)[string]>;

describe('elibadcode', () => {
  it.each(['default', 'paper', 'code'])('profile %s', (profile) => {
    expect(elibadcode.params.parse({ profile })).toMatchSnapshot();
  });

  it('overrides any setting of a profile alone', () => {
    const paper = elibadcode.params.parse({ profile: 'paper' }) as { inversion: { anchor: object } };
    const changed = elibadcode.params.parse({ profile: 'paper', inversion: { anchor: { beta: 0.3 } } });
    expect(changed).toEqual({ ...paper, inversion: { ...paper.inversion, anchor: { ...paper.inversion.anchor, beta: 0.3 } } });
  });

  it.each<[Json, RegExp]>([
    [{ profile: 'papers' }, /defenses\[0\]\.profile.*default, paper, code|defenses\[0\]\.profile/s],
    [{ inversion: { iteratons: 3 } }, /defenses\[0\]\.inversion\.iteratons: unknown key.*did you mean “iterations”/s],
    [{ inversion: { position: { chose: 'random' } } }, /defenses\[0\]\.inversion\.position\.chose: unknown key.*“choose”/s],
    [{ profile: 'code', unlearning: { injectRate: 1.5 } }, /defenses\[0\]\.unlearning\.injectRate: found 1\.5.*from 0 to 1/s],
    [{ unlearning: { dropout: 1 } }, /defenses\[0\]\.unlearning\.dropout.*below 1/s],
    [{ inversion: { topK: 0 } }, /defenses\[0\]\.inversion\.topK: found 0.*from 1/s],
    [{ inversion: { anchor: { change: 'absolut' } } }, /defenses\[0\]\.inversion\.anchor\.change.*did you mean “absolute”/s],
  ])('%j is refused where it stands', (params, message) => {
    expect(() => experimentWith({ name: 'elibadcode', ...(params as object) })).toThrow(message);
  });
});

describe('fine-tuning', () => {
  it('trains as unlearning does, and has no setting of a trigger', () => {
    const { unlearning } = elibadcode.params.parse({}) as Record<string, object>;
    const { unlearning: tuning } = fineTuning.params.parse({}) as Record<string, object>;
    expect(unlearning).toMatchObject(tuning!);
    expect(() => experimentWith({ name: 'fine-tuning', unlearning: { injectRate: 0.2 } })).toThrow(
      /defenses\[0\]\.unlearning\.injectRate: unknown key/,
    );
  });
});

function experimentWith(defense: Json): void {
  const experiment = {
    name: 'x',
    title: 'X',
    corpora: [{ name: 'synthetic-defect' }],
    models: [{ name: 'roberta' }],
    attacks: [{ name: 'none' }],
    defenses: [defense],
    seeds: [1],
  };
  parseExperiment(experiment, catalogues, 'x.ts');
}
